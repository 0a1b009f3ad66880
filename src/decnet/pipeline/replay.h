// Replay: stored history through the tagger into a database. Announces nothing: this library does
// not link the bus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/storage/database.h"
#include "decnet/storage/history.h"
#include "decnet/storage/seen_commands.h"
#include "decnet/tagging/tagger.h"

namespace decnet::pipeline {

struct ReplayCounters {
  std::uint64_t rows = 0;
  std::uint64_t commands = 0;      // object entries seen, those without text included
  std::uint64_t events = 0;        // tagged
  std::uint64_t tags = 0;          // produced, new or not
  std::uint64_t inserted = 0;      // really new; 0 in a dry run
  std::uint64_t refused = 0;       // tags the repository would not store; logged
  std::uint64_t skipped_rows = 0;  // unreadable source rows
  // Of `commands`: tagged live before; and so old that the record may have forgotten whether.
  std::uint64_t tagged_live = 0;
  std::uint64_t older_than_record = 0;
  bool interrupted = false;

  friend bool operator==(const ReplayCounters&, const ReplayCounters&) = default;
};

struct ReplayOptions {
  UtcTime since{};
  std::size_t batch_size = 500;  // tags collected before each write
  // Called now and then with the counters so far (never more often than once per row).
  std::function<void(const ReplayCounters&)> progress = {};
  // Asked before every event; true: store what is tagged, then return with `interrupted`.
  std::function<bool()> stop = {};

  // The record of tagged commands, of the Database that `history` belongs to. A command that it
  // knows is tagged under the id it has there, so that only what is new about it is stored.
  storage::SeenCommands* seen = nullptr;
  // Commands typed from then on are recorded when they are tagged: they may still come live.
  std::optional<UtcTime> record_from = {};
};

// Every command of the attackers seen since then, however old it is; then every canary trigger.
// Tags are handed over when `batch_size` of them are there, all of one event together, and at the
// end. Whatever batch size, the stored tags are the same; and running again stores nothing new.
//
// Threads: tags are stored in `store` on a thread of their own meanwhile, so it is another Database
//          than the one `history` belongs to (of the same file, usually). Without a store nothing
//          is stored: a dry run.
// Errors:  of the history and the store. What was tagged before is stored when it can be, and a
//          second run does the rest.
Result<ReplayCounters> replay_commands(storage::History& history, const tagging::Tagger& tagger,
                                       storage::Database* store, const ReplayOptions& options);
Result<ReplayCounters> replay_canary_triggers(storage::History& history,
                                              const tagging::Tagger& tagger,
                                              storage::Database* store,
                                              const ReplayOptions& options);

// What is stored besides commands and triggers, in this order: logins since then (pages of them,
// see activity/login_events.h) and other observed events since then; and, of attackers and
// identities seen since then, how they beacon, the passwords they share, and their sessions: those
// of commands with a session_id, with the logins and transfers in them (activity/session_events.h).
// `rows` counts what was read of these.
Result<ReplayCounters> replay_activity(storage::Database& source, const tagging::Tagger& tagger,
                                       storage::Database* store, const ReplayOptions& options);

}  // namespace decnet::pipeline
