// Recognition: matches commands with the record of tagged ones, whatever database keeps it.
//
// Instants are the same when they are equal, or when one has no fraction of a second and lies in
// the second of the other: clocks are written with and without. A decoy that is not told may be
// any.
//
// Equal commands of one second get different ids as far as there are some. Those left over share an
// id that came live, for the framework may give one id to several; but the id of an entry in a
// history is that entry's alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/storage/seen_commands.h"

namespace decnet::storage {

class Recognition {
 public:
  // The commands outlive this object.
  explicit Recognition(std::span<const TypedCommand> commands);

  // The first second from that one on in which a command was typed.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> next_second(
      std::chrono::sys_seconds from) const;

  // A row of the record, of the same attacker. Rows of other seconds than the commands' are
  // ignored.
  void offer(UtcTime instant, std::string_view decky, std::string_view text_sha256, SeenAs as);

  // For each command, in order.
  std::vector<std::optional<SeenAs>> take();

 private:
  struct Live {
    UtcTime instant;
    std::string decky;
    SeenAs as;
  };
  // Commands of one text and one second.
  struct Group {
    std::vector<std::size_t> open;  // positions of those that have no id of their own
    std::vector<Live> live;
  };
  using Second = std::map<std::string, Group, std::less<>>;  // by SHA-256 of the text

  // The groups of that second; null when no command was typed in it.
  Second* groups_of(std::chrono::sys_seconds second);

  std::span<const TypedCommand> commands_;
  std::vector<std::pair<std::chrono::sys_seconds, std::size_t>> by_second_;  // ascending
  std::map<std::chrono::sys_seconds, Second> seconds_;                       // that were offered
  std::vector<std::optional<SeenAs>> found_;
};

}  // namespace decnet::storage
