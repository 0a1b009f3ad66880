// Catch-up: what the database has and the bus did not bring. Runs at every slow tick and after
// every reconnect. What it finds is new, so it is announced like a live event.
//
// Looks at canary triggers and intel rows newer than their cursors (on the first run: than now),
// and at attackers' commands whose instant lies in a gap and that were not tagged live. Needs our
// own tables; without them it does nothing.
//
// Threads: the intake's.
#pragma once

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
    std::function<bool()> stop;  // true: leave the rest for the next time
  };
  explicit CatchUp(Parts parts) : parts_(std::move(parts)) {}

  // Events found and given to the intake.
  Result<std::uint64_t> run(const Gaps& gaps);

 private:
  Result<std::uint64_t> triggers();
  Result<std::uint64_t> intel();
  Result<std::uint64_t> commands(const Gaps& gaps);
  Result<storage::Cursor> cursor_or_now(std::string_view name);

  Parts parts_;
};

}  // namespace decnet::worker
