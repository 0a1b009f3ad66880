// Session facts: what the commands of a session add up to, in the fields that rules about sessions
// read. Words that an analyst would look for, not verdicts: the rules decide.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::activity {

struct SessionFacts {
  // Bounds of what is gathered; an attacker may type a megabyte.
  static constexpr std::size_t kMaxTextBytes = std::size_t{48} << 10;
  static constexpr std::size_t kMaxPaths = 16;
  static constexpr std::size_t kMaxPathBytes = 512;
  static constexpr std::size_t kMaxSignals = 16;

  std::string op_text;             // what was said to databases, a line a command
  std::string note_text;           // texts written where somebody is to read them
  std::vector<std::string> paths;  // files that hold secrets, in the order they were named
  std::string tftp_filename;
  std::string tftp_host;
  std::vector<std::string> signals;  // of containers begun with a way out: "privileged:true", …
  std::string container_image;
  std::int64_t uploads = 0;  // commands that send a file to a web address
  std::string upload_host;
};

// Of commands as they were typed, in order. Linear in their text.
SessionFacts facts_of(std::span<const std::string_view> commands);

// Adds the facts to a payload where it does not say them itself: op_text, note_text, matched_path
// (the first of `paths`), tftp_filename, source_host, signals, container_image, request_count,
// target_host.
void add_facts(const SessionFacts& facts, Json& payload);

}  // namespace decnet::activity
