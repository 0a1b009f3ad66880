// CommandLog: the JSON array in attackers.commands, which several programs write. What is stored
// stays byte for byte as it was written; new commands are put in their place.
//
// One thing may be added to an element: the service, when it has none and the same command is
// observed with one. A rotated log can lack the line that says it, and what is stored must not
// depend on which file was read first.
//
// The place matters: an element without an id of its own (the framework's profiler writes such) is
// identified by its position, and the tags already made from it by that. So nothing moves up to and
// including the last element without an id or a time; what follows, and what is added, is in the
// order of time, then id.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/storage/observations.h"

namespace decnet::storage {

class CommandLog {
 public:
  // Reads a stored array; an empty text is an empty one. kInvalid: no JSON array.
  static Result<CommandLog> read(std::string text);

  enum class Added {
    kNew,
    kKnown,  // an element has that id, or none and the same time, text and decoy
    kFull,   // the text would grow beyond kMaxHistoryBytes
  };
  Added add(const ObservedCommand& command);

  // Whether anything was added, a command or a service.
  [[nodiscard]] bool changed() const { return changed_; }
  // The array as it is to be stored.
  [[nodiscard]] std::string text() const;

 private:
  struct Entry {
    std::string_view stored;  // in stored_, or empty: then it is `written`
    std::string written;
    std::string id;
    UtcTime time;

    [[nodiscard]] std::string_view text() const { return written.empty() ? stored : written; }
  };

  CommandLog() = default;
  void take(std::string_view text, const Json& value);
  void complete(const ObservedCommand& command);
  void append(const Entry& entry, std::string& out) const;

  std::unique_ptr<const std::string> stored_;
  std::vector<Entry> fixed_;    // stay where they are
  std::vector<Entry> ordered_;  // by time, then id, once text() writes them
  std::unordered_set<std::string> ids_;
  std::unordered_set<std::string> without_service_;        // of ids_
  std::unordered_map<std::string, std::string> services_;  // id → member to add to that element
  // Elements without an id: time and text → decoy.
  std::unordered_multimap<std::string, std::string> unnamed_;
  std::size_t bytes_ = 2;  // of text()
  bool changed_ = false;
};

}  // namespace decnet::storage
