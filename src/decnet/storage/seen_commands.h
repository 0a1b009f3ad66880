// SeenCommands: which commands are tagged, and under which id, so that one met again is recognised.
//
// A command of a live session has an id there. In its attacker's history, where the framework's
// profiler writes it, it has none; but both tell the decoy, the text and the instant.
//
// Kept in our own tables; where they are not (kept() is false), nothing is recognised.
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, full, not answering; nothing of the call was written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"

namespace decnet::storage {

// What a command is recognised by, besides its attacker. Views: of the entry it was read from.
struct TypedCommand {
  std::string_view decky;  // empty: not told, which may be any
  std::string_view text;
  UtcTime instant;
};

// Where a command came from when it was tagged.
enum class SeenIn { kLive, kHistory };

struct SeenCommand {
  std::string attacker_uuid;
  std::string decky;
  std::string text;
  UtcTime instant;
  std::string source_id = {};  // of its tags
  SeenIn in = SeenIn::kLive;
};

struct SeenAs {
  std::string source_id;  // empty: tagged under an id that was too long to be kept
  SeenIn in = SeenIn::kLive;
  friend bool operator==(const SeenAs&, const SeenAs&) = default;
};

class SeenCommands {
 public:
  virtual ~SeenCommands() = default;

  [[nodiscard]] virtual bool kept() const = 0;

  // One that is there already, under the same id, stays as it is.
  virtual Result<void> add(std::span<const SeenCommand> commands) = 0;

  // As what each of these commands of one attacker was tagged, or nothing, as Recognition decides;
  // `in`: only what was tagged from there.
  virtual Result<std::vector<std::optional<SeenAs>>> find(std::string_view attacker_uuid,
                                                          std::span<const TypedCommand> commands,
                                                          std::optional<SeenIn> in) = 0;

  // Keeps the record bounded: forgets what was added before that time, and the oldest beyond the
  // newest `keep`; at most `max` in one call. Returns how many.
  virtual Result<std::uint64_t> forget(UtcTime before, std::uint64_t keep, std::uint64_t max) = 0;
  // What was added until then may be forgotten; nothing when nothing ever was.
  virtual Result<std::optional<UtcTime>> forgotten_until() = 0;
};

}  // namespace decnet::storage
