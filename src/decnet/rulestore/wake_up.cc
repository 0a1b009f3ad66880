#include "decnet/rulestore/wake_up.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace decnet::rulestore {
namespace {

constexpr std::chrono::milliseconds kWithoutEvent{100};

// poll() counts in whole milliseconds: rounded up, so that who waits for a moment does not wake up
// just before it again and again.
int poll_time(std::chrono::nanoseconds time) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, 3'600'000));
}

}  // namespace

WakeUp::WakeUp() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

WakeUp::~WakeUp() {
  if (event_ >= 0) ::close(event_);
}

void WakeUp::signal() {
  is_signalled_ = true;
  const std::uint64_t one = 1;
  if (event_ >= 0) (void)!::write(event_, &one, sizeof one);
}

WakeUp::Reason WakeUp::sleep(std::chrono::nanoseconds time,
                             std::initializer_list<int> descriptors) {
  const auto end = std::chrono::steady_clock::now() + time;
  std::vector<pollfd> polled = {{event_, POLLIN, 0}};  // one below 0 is left out
  for (const int descriptor : descriptors) polled.push_back({descriptor, POLLIN, 0});
  for (;;) {
    if (is_signalled_.exchange(false)) {
      std::uint64_t count = 0;
      if (event_ >= 0) (void)!::read(event_, &count, sizeof count);
      return Reason::kSignal;
    }
    auto rest = end - std::chrono::steady_clock::now();
    if (event_ < 0) rest = std::min<std::chrono::nanoseconds>(rest, kWithoutEvent);
    const int ready = ::poll(polled.data(), polled.size(), poll_time(rest));
    if (ready > 0 && std::any_of(polled.begin() + 1, polled.end(),
                                 [](const pollfd& each) { return each.revents != 0; })) {
      return Reason::kReadable;
    }
    if (ready == 0 && std::chrono::steady_clock::now() >= end) return Reason::kTime;
  }
}

}  // namespace decnet::rulestore
