// Suppression: counts the tags that were withheld, and chooses which of them are told on the bus
// (ttp.rule.suppressed). What attackers cause is never told more often than this:
//
// Rate:    of each rule, technique and reason one message, and from then on one every kEvery; of
//          all together kMostAtOnce in that time.
// Memory:  one entry for each of those that was told in the last kEvery.
// Threads: one; the counters may be read by others.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/model/suppressed.h"
#include "decnet/storage/outbox.h"

namespace decnet::worker {

struct SuppressionCounters {
  std::atomic<std::uint64_t> below_floor{0};  // too weak to be stored
  std::atomic<std::uint64_t> rate_limited{0};
  std::atomic<std::uint64_t> rule_disabled{0};
};

class Suppression {
 public:
  static constexpr std::chrono::seconds kEvery{10};
  static constexpr std::size_t kMostAtOnce = 500;

  Suppression(const Clock& clock, SuppressionCounters& counters)
      : clock_(clock), counters_(counters) {}

  // These were withheld: counts them, and returns the messages that are to be published.
  std::vector<storage::OutboxMessage> tell(std::span<const Suppressed> withheld);

 private:
  bool is_due(const Suppressed& one, UtcTime now);

  const Clock& clock_;
  SuppressionCounters& counters_;
  std::map<std::string, UtcTime> told_;  // when last
};

}  // namespace decnet::worker
