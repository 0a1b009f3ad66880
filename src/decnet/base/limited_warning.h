// LimitedWarning: a WARNING that an attacker or a broken peer can cause as often as it likes. A few
// are logged at once, then one a minute, which says how many were not.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/clock.h"

namespace decnet::log {

class LimitedWarning {
 public:
  static constexpr int kAtOnce = 5;
  static constexpr std::chrono::minutes kPause{1};

  // `component` as for log::write(). Keeps the clock by reference.
  explicit LimitedWarning(std::string component, const Clock& clock = system_clock())
      : component_(std::move(component)), clock_(clock) {}

  void say(std::string_view message);

 private:
  const std::string component_;
  const Clock& clock_;
  std::mutex mutex_;
  int said_ = 0;  // at once, at most kAtOnce
  std::optional<UtcTime> last_said_;
  std::uint64_t withheld_ = 0;  // since then
};

}  // namespace decnet::log
