// Ledger: what the live worker may not forget, kept beside the tags and written together with them:
// announcements not yet made (outbox), how far catch-up has come (cursors), which commands are
// tagged (seen), and what could not be processed (dead letters).
//
// On a framework database without our own tables nothing of it is kept (kept() is false): tags are
// stored, everything else is best effort, and dead letters are for who commits them to keep.
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, full, not answering; nothing of the call was written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/model/tag.h"
#include "decnet/storage/dead_letter.h"
#include "decnet/storage/outbox.h"
#include "decnet/storage/repository.h"
#include "decnet/storage/seen_commands.h"

namespace decnet::storage {

// The cursor that tells until when a live worker missed nothing: there is none where none ever ran.
inline constexpr std::string_view kWorkerAlive = "worker_alive";

// How far a catch-up has come: rows after (time, key) are still to be looked at.
struct Cursor {
  UtcTime time;
  std::string key;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// Everything one batch of upstream messages leaves behind: all of it or nothing.
struct Commit {
  // The tags of each upstream message, in order: announced per message.
  std::vector<std::vector<Tag>> tags;
  std::vector<SeenCommand> seen;
  std::vector<std::pair<std::string, Cursor>> cursors;
  std::vector<DeadLetter> dead_letters;
  // Turns the new tags of one upstream message into what is to be said about them.
  std::function<std::vector<OutboxMessage>(std::span<const Tag* const>)> announce;
};

struct Committed {
  std::uint64_t inserted = 0;
  std::uint64_t below_floor = 0;
  std::vector<Refused> refused;       // index: position in the concatenation of Commit::tags
  std::vector<OutboxMessage> unkept;  // to be published best effort, when kept() is false
};

class Ledger : public Outbox {
 public:
  // Also counts a new IPv6 leak at its attacker and identity, once per attacker and batch.
  virtual Result<Committed> commit(const Commit& commit) = 0;

  virtual Result<std::optional<Cursor>> cursor(std::string_view name) = 0;

  virtual SeenCommands& seen() = 0;

  virtual Result<std::vector<DeadLetter>> dead_letters(std::size_t max) = 0;  // oldest first
  virtual Result<std::optional<DeadLetter>> dead_letter(std::int64_t number) = 0;
  virtual Result<bool> drop_dead_letter(std::int64_t number) = 0;  // false: there is none
};

}  // namespace decnet::storage
