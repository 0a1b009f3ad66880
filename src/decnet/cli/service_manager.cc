#include "decnet/cli/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

// 0 for what is no number.
std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() ? value : 0;
}

// Of a path, or of "@name" for the abstract namespace. The size is 0 when it is neither.
std::pair<sockaddr_un, socklen_t> address_of(std::string_view name) {
  sockaddr_un address{};
  if (name.size() < 2 || (name[0] != '/' && name[0] != '@') ||
      name.size() >= sizeof address.sun_path) {
    return {address, 0};
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  return {address, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())};
}

}  // namespace

ServiceManager::ServiceManager() {
  address_ = environment("NOTIFY_SOCKET");
  if (address_of(address_).second == 0) return;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Meant for the process it names, and not for one that this one was started by or became.
  const auto watched = environment("WATCHDOG_PID");
  if (!watched.empty() && number(watched) != ::getpid()) return;
  watchdog_ =
      std::chrono::microseconds(std::max<std::int64_t>(0, number(environment("WATCHDOG_USEC"))));
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

// False when the service manager is too busy to take it. One that is not there is told nothing.
bool ServiceManager::send(const std::string& message) const {
  if (socket_ < 0) return true;
  const auto [address, size] = address_of(address_);
  const ssize_t sent = ::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size);
  return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

void ServiceManager::say(std::string message) {
  unsaid_.push_back(std::move(message));
  say_unsaid();
}

bool ServiceManager::say_unsaid() {
  while (!unsaid_.empty() && send(unsaid_.front())) unsaid_.pop_front();
  return unsaid_.empty();
}

void ServiceManager::ready() {
  if (stopping_) return;
  ready_ = true;
  say("READY=1");
}

void ServiceManager::reloading() {
  if (stopping_ || !ready_) return;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  say(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                  std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceManager::reloaded() {
  if (ready_) ready();
}

void ServiceManager::stopping() {
  if (!std::exchange(stopping_, true)) say("STOPPING=1");
}

void ServiceManager::status(const std::string& line) {
  if (line == status_ || !say_unsaid()) return;
  if (send("STATUS=" + printable(line))) status_ = line;
}

void ServiceManager::alive() {
  if (!say_unsaid() || watchdog_.count() == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ping_ < watchdog_ / 3) return;
  if (send("WATCHDOG=1")) last_ping_ = now;
}

}  // namespace decnet::cli
