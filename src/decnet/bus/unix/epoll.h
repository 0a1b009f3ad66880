// Epoll: which of many descriptors can be read or written now.
//
// Threads: one.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "decnet/base/error.h"
#include "decnet/bus/unix/socket.h"

namespace decnet::bus {

class Epoll {
 public:
  Epoll();

  // From now on wait() says when one of `events` (EPOLLIN, EPOLLOUT) is there for `fd`, calling it
  // by `number`. A descriptor that is closed is forgotten.
  void add(int fd, std::uint32_t events, std::uint64_t number) const;
  void change(int fd, std::uint32_t events, std::uint64_t number) const;
  void remove(int fd) const;

  struct Ready {
    std::uint64_t number;
    std::uint32_t events;
  };
  // Those that are ready, some of them when they are many; none when that time is over or a signal
  // came. Valid until the next call.
  Result<std::span<const Ready>> wait(std::chrono::milliseconds time);

 private:
  void control(int operation, int fd, std::uint32_t events, std::uint64_t number) const;

  Descriptor epoll_;
  std::array<Ready, 64> ready_{};
};

}  // namespace decnet::bus
