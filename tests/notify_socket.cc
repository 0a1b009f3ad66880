#include "tests/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "tests/live_system.h"

namespace decnet::test {

NotifySocket::NotifySocket(std::filesystem::path path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::abort();
  }
}

NotifySocket::~NotifySocket() { ::close(socket_); }

bool NotifySocket::read_one() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got <= 0) return false;
  heard_.emplace_back(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

bool NotifySocket::hears(std::string_view text) {
  // Watchdog pings never end: waiting for the next message alone would be no limit.
  return eventually([&] {
    while (read_one()) {
      if (heard_.back().find(text) != std::string::npos) return true;
    }
    return false;
  });
}

void NotifySocket::read_all() {
  while (read_one()) {
  }
}

bool NotifySocket::has_heard(std::string_view text) const {
  return std::any_of(heard_.begin(), heard_.end(), [text](const std::string& message) {
    return message.find(text) != std::string::npos;
  });
}

}  // namespace decnet::test
