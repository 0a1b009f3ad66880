// Catch-up: what the database has and the bus did not bring. Runs at every slow tick and after
// every reconnect. What it finds is new, so it is announced like a live event.
//
// Looks at canary triggers and intel rows newer than their cursors, and at attackers' commands
// whose instant lies in a gap and that are not tagged yet; never at what is older than the first
// run, which is the backfill's work. Needs our own tables; without them it does nothing.
//
// A trigger whose attacker has no row yet is looked at again until the framework's profiler had its
// time to write one, counted from when both were there: after a restart of the whole host the
// worker is quicker than the profiler.
//
// The ids are those of the missed message where that has one of its own (a trigger's, an attacker's
// for intel), else the backfill's: whichever way comes later finds it tagged. (docs/decisions/0013)
//
// Threads: the intake's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/storage/attackers.h"
#include "decnet/storage/history.h"
#include "decnet/storage/ledger.h"
#include "decnet/worker/gaps.h"
#include "decnet/worker/intake.h"

namespace decnet::worker {

class CatchUp {
 public:
  // Rows may become visible out of the order of their times: so much is looked at again each time.
  static constexpr std::chrono::minutes kOverlap{15};

  struct Parts {
    storage::History& history;
    storage::Attackers& attackers;
    storage::Ledger& ledger;
    Intake& intake;
    const Clock& clock;
    UtcTime started;             // before this process was subscribed to anything
    std::function<bool()> stop;  // true: leave the rest for the next time
  };
  explicit CatchUp(Parts parts) : parts_(std::move(parts)) {}

  // On the first run of all: writes down that it begins now. To be called before anything is taken
  // from the bus, so that what dies with this process is found by the next one.
  // Errors: kUnavailable; to be called again.
  Result<void> begin();

  // True when it has looked at everything, false when it was stopped before.
  Result<bool> run(const Gaps& gaps);

 private:
  // Each returns as run() does.
  Result<bool> triggers(storage::Cursor cursor, UtcTime first_run);
  Result<bool> intel(storage::Cursor cursor, UtcTime first_run);
  Result<bool> commands(const Gaps& gaps, UtcTime first_run);
  // The event of a trigger; without an anchor when its attacker has no row.
  Result<Event> event_of(const storage::CanaryTrigger& trigger);
  // A time that lies ahead must not carry a cursor past what is yet to come.
  [[nodiscard]] UtcTime not_ahead(UtcTime time) const { return std::min(time, parts_.clock.now()); }
  // The events of an attacker's commands that nobody has tagged.
  Result<std::vector<Event>> missed(const storage::AttackerCommands& attacker, const Gaps& gaps,
                                    UtcTime since);
  // Where each source was left; on the first run: at the start. What lies ahead is moved back.
  struct Cursors {
    storage::Cursor triggers;
    storage::Cursor intel;
    storage::Cursor commands;  // stays at the first run
  };
  Result<Cursors> cursors();

  Parts parts_;
};

}  // namespace decnet::worker
