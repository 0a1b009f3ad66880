#include "decnet/bus/unix/socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "decnet/base/file.h"

namespace decnet::bus {
namespace {

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: a socket path has 1 to {} bytes", text,
                                                 sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

Descriptor new_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> connect_unix(const std::filesystem::path& path) {
  DECNET_TRY(const sockaddr_un address, address_of(path));
  Descriptor socket = new_socket();
  if (!socket) return fail(system_error(path, errno));
  // A UNIX connect does not wait for the peer: it succeeds, or the backlog is full (EAGAIN).
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(system_error(path, errno));
  }
  return socket;
}

Result<bool> is_listening(const std::filesystem::path& path) {
  DECNET_TRY(const sockaddr_un address, address_of(path));
  const Descriptor socket = new_socket();
  if (!socket) return fail(system_error(path, errno));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return true;
  }
  return errno != ECONNREFUSED && errno != ENOENT && errno != ENOTSOCK && errno != EPROTOTYPE;
}

Result<Descriptor> listen_unix(const std::filesystem::path& path, unsigned mode) {
  DECNET_TRY(const sockaddr_un address, address_of(path));
  Descriptor socket = new_socket();
  if (!socket) return fail(system_error(path, errno));
  // The file gets its mode from the umask while it is bound: there is no moment with more.
  const mode_t before = ::umask(static_cast<mode_t>(0777 & ~mode));
  const int bound =
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int problem = errno;
  ::umask(before);
  if (bound != 0) return fail(system_error(path, problem));
  if (::listen(socket.get(), SOMAXCONN) != 0) return fail(system_error(path, errno));
  return socket;
}

Result<void> send_all(int fd, std::string_view bytes, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return fail(ErrorCode::kUnavailable, fmt::format("send: {}", std::strerror(errno)));
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail(ErrorCode::kUnavailable, "send: the peer takes nothing");
    pollfd wanted{fd, POLLOUT, 0};
    ::poll(&wanted, 1, static_cast<int>(left.count()));
  }
  return {};
}

std::filesystem::path resolve_socket(std::string_view configured) {
  if (!configured.empty()) return configured;
  const std::filesystem::path shared = "/run/decnet/bus.sock";
  struct stat status {};
  const bool directory = ::stat("/run/decnet", &status) == 0 && S_ISDIR(status.st_mode);
  if (directory && (::access("/run/decnet", W_OK) == 0 || connect_unix(shared))) return shared;
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "/" : home) / ".decnet" / "bus.sock";
}

}  // namespace decnet::bus
