// Retention: keeps the record of tagged commands bounded, a portion at a time.
//
// What it is for is met soon after: the history of a session that was tagged live, the session
// whose commands catch-up found first. A backfill over what is older stores tags under the
// history's ids beside those of the live ones, and says so. (docs/decisions/0013)
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/storage/seen_commands.h"

namespace decnet::worker {

class Retention {
 public:
  static constexpr std::chrono::days kTime{90};
  static constexpr std::uint64_t kCommands = 2'000'000;
  static constexpr std::chrono::hours kInterval{1};
  // So many are forgotten at once: tagging waits meanwhile, and so does everybody else who writes.
  static constexpr std::uint64_t kPortion = 20'000;

  Retention(storage::SeenCommands& seen, const Clock& clock) : seen_(seen), clock_(clock) {}

  // Forgets a portion when it is time to: every hour, and at each call while something is left.
  Result<void> tick();

 private:
  storage::SeenCommands& seen_;
  const Clock& clock_;
  std::optional<UtcTime> next_;  // nothing: now
};

}  // namespace decnet::worker
