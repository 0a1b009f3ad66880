#include "decnet/bus/unix/epoll.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "decnet/base/file.h"
#include "decnet/base/log.h"

namespace decnet::bus {

Epoll::Epoll() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

void Epoll::control(int operation, int fd, std::uint32_t events, std::uint64_t number) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = number;
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) {
    log::error("bus.server", fmt::format("epoll: {}", std::strerror(errno)));
  }
}

void Epoll::add(int fd, std::uint32_t events, std::uint64_t number) const {
  control(EPOLL_CTL_ADD, fd, events, number);
}
void Epoll::change(int fd, std::uint32_t events, std::uint64_t number) const {
  control(EPOLL_CTL_MOD, fd, events, number);
}
void Epoll::remove(int fd) const { control(EPOLL_CTL_DEL, fd, 0, 0); }

Result<std::span<const Epoll::Ready>> Epoll::wait(std::chrono::milliseconds time) {
  std::array<epoll_event, 64> events{};
  static_assert(events.size() == std::tuple_size_v<decltype(ready_)>);
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(time.count()));
  if (count < 0 && errno != EINTR) return fail(system_error("epoll", errno));
  const auto got = static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = 0; i < got; ++i) {
    // The kernel's structure is packed: no references into it.
    ready_[i] = {std::uint64_t{events[i].data.u64}, std::uint32_t{events[i].events}};
  }
  return std::span<const Ready>(ready_).first(got);
}

}  // namespace decnet::bus
