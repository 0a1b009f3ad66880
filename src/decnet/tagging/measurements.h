// Measurements: how long events took to evaluate, and which rules fired how often. For whoever asks
// for metrics: measuring an event costs two looks at the clock.
//
// Threads: any.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "decnet/model/tag.h"

namespace decnet::tagging {

class Measurements {
 public:
  // Upper bounds of the latency's classes, in milliseconds; what took longer is in none.
  static constexpr std::array<double, 14> kBoundsMs = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                                       5,    10,    25,   50,  100,  200, 1000};

  struct Snapshot {
    std::uint64_t events = 0;
    double total_ms = 0;
    std::array<std::uint64_t, kBoundsMs.size()> at_most{};  // events that took at most that bound
    // By rule and parent technique: events on which the rule fired so.
    std::map<std::pair<std::string, std::string>, std::uint64_t> fired;
  };

  // One event was evaluated, in that time, to those tags.
  void record(std::chrono::nanoseconds time, std::span<const Tag> tags);

  [[nodiscard]] Snapshot snapshot() const;

 private:
  mutable std::mutex mutex_;
  Snapshot kept_;  // with at_most not yet summed up: events of that class alone
};

}  // namespace decnet::tagging
