// Replay: stored history through the tagger into the repository. Announces nothing: this library
// does not link the bus.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/model/event.h"
#include "decnet/storage/history.h"
#include "decnet/storage/repository.h"
#include "decnet/tagging/tagger.h"

namespace decnet::pipeline {

struct ReplayOptions {
  UtcTime since;
  bool dry_run = false;          // tag, but store nothing
  std::size_t batch_size = 500;  // tags collected before each write
  // Called now and then with the counters so far (never more often than once per row).
  std::function<void(const struct ReplayCounters&)> progress;
  std::function<bool()> stop;  // true: store what is tagged, then return with `interrupted`
};

struct ReplayCounters {
  std::uint64_t rows = 0;
  std::uint64_t commands = 0;      // object entries seen, those without text included
  std::uint64_t events = 0;        // tagged
  std::uint64_t tags = 0;          // produced, new or not
  std::uint64_t inserted = 0;      // really new; 0 in a dry run
  std::uint64_t refused = 0;       // rows the repository would not store
  std::uint64_t skipped_rows = 0;  // unreadable source rows
  bool interrupted = false;
};

// The event of the object entry `entry` at position `index` of an attacker's history; nothing when
// it has no text. (Contract: cli.md §3.5, rulings §6.)
std::optional<Event> command_event(const storage::AttackerCommands& attacker, std::size_t index,
                                   const Json& entry);
// The event of a stored trigger. (Contract: cli.md §3.6.)
Event trigger_event(const storage::CanaryTrigger& trigger);

// An error names what failed; what was stored before it stays, and a second run does the rest.
Result<ReplayCounters> replay_commands(storage::History& history, const tagging::Tagger& tagger,
                                       storage::Repository& repository,
                                       const ReplayOptions& options);
Result<ReplayCounters> replay_canary_triggers(storage::History& history,
                                              const tagging::Tagger& tagger,
                                              storage::Repository& repository,
                                              const ReplayOptions& options);

}  // namespace decnet::pipeline
