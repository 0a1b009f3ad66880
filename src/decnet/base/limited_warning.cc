#include "decnet/base/limited_warning.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/base/log.h"

namespace decnet::log {

void LimitedWarning::say(std::string_view message) {
  std::uint64_t withheld = 0;
  {
    const std::lock_guard lock(mutex_);
    const UtcTime now = clock_.now();
    // A clock that was set back must not silence us.
    const bool pause = last_said_ && now >= *last_said_ && now - *last_said_ < kPause;
    if (!pause) said_ = 0;
    if (said_ >= kAtOnce) {
      ++withheld_;
      return;
    }
    // After a pause with something withheld, one: the flood goes on.
    said_ = withheld_ > 0 ? kAtOnce : said_ + 1;
    last_said_ = now;
    withheld = std::exchange(withheld_, 0);
  }
  warning(component_, withheld == 0 ? std::string(message)
                                    : fmt::format("{} (and {} more like it since the last one)",
                                                  message, withheld));
}

}  // namespace decnet::log
