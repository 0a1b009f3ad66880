// UNIX stream sockets: addresses, connecting, sending all of something within a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::bus {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Connects. Errors name the path and the cause: kNotFound, kUnavailable, kInvalid (path too long).
Result<Descriptor> connect_unix(const std::filesystem::path& path);

// Whether somebody listens there. A listener that is busy, or that we may not speak to, is one too:
// only a refusal, or no socket, says that nobody does. Errors: kInvalid (path too long).
Result<bool> is_listening(const std::filesystem::path& path);

// Binds and listens; the socket file never exists with more permission than `mode`.
Result<Descriptor> listen_unix(const std::filesystem::path& path, unsigned mode);

// Sends every byte, waiting at most `timeout` altogether for the peer to take them.
Result<void> send_all(int fd, std::string_view bytes, std::chrono::milliseconds timeout);

// Where the bus is: `configured` when not empty; /run/decnet/bus.sock when that directory is
// writable or that socket answers; else ~/.decnet/bus.sock. Creates nothing.
std::filesystem::path resolve_socket(std::string_view configured);

}  // namespace decnet::bus
