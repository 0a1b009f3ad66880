#include "decnet/rulestore/wake_up.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace decnet::rulestore {
namespace {

// poll() counts in whole milliseconds: rounded up, so that who waits for a moment does not wake up
// just before it again and again.
int poll_time(std::chrono::nanoseconds time) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, 3'600'000));
}

}  // namespace

WakeUp::WakeUp() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) std::abort();  // out of descriptors before anything was begun
}

WakeUp::~WakeUp() { ::close(event_); }

void WakeUp::signal() {
  const std::uint64_t one = 1;
  (void)!::write(event_, &one, sizeof one);
}

WakeUp::Reason WakeUp::sleep(std::chrono::nanoseconds time,
                             std::initializer_list<int> descriptors) {
  const auto end = std::chrono::steady_clock::now() + time;
  std::vector<pollfd> polled = {{event_, POLLIN, 0}};
  for (const int descriptor : descriptors) {
    if (descriptor >= 0) polled.push_back({descriptor, POLLIN, 0});
  }
  for (;;) {
    const int ready =
        ::poll(polled.data(), polled.size(), poll_time(end - std::chrono::steady_clock::now()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Reason::kTime;
    if (polled[0].revents == 0) return Reason::kReadable;
    std::uint64_t count = 0;
    (void)!::read(event_, &count, sizeof count);
    return Reason::kSignal;
  }
}

}  // namespace decnet::rulestore
