#include "decnet/bus/nats/nats_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>
#include <utility>

namespace decnet::bus::test {
namespace {

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

}  // namespace

NatsServer::NatsServer(std::filesystem::path store, std::string settings)
    : store_(std::move(store)), settings_(std::move(settings)) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port_ = ntohs(address.sin_port);
  }
  ::close(fd);
}

int NatsServer::connect() const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(port_);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

bool NatsServer::start() {
  const std::string port = std::to_string(port_);
  const std::string log = (store_ / "server.log").string();
  const std::string file = (store_ / "server.conf").string();
  std::ofstream(file) << settings_;
  std::array<const char*, 13> arguments{"nats-server",
                                        "-a",
                                        "127.0.0.1",
                                        "-p",
                                        port.c_str(),
                                        "-js",
                                        "-sd",
                                        store_.c_str(),
                                        "-l",
                                        log.c_str(),
                                        settings_.empty() ? nullptr : "-c",
                                        file.c_str(),
                                        nullptr};
  pid_ = ::fork();
  if (pid_ == 0) {
    ::execvp(arguments[0], const_cast<char* const*>(arguments.data()));
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (std::chrono::steady_clock::now() < deadline) {
    if (const int fd = connect(); fd >= 0) {
      ::close(fd);
      return true;
    }
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      return false;
    }
    std::this_thread::yield();
  }
  return false;
}

void NatsServer::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, 0), nullptr, 0);
}

std::string NatsServer::url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

void NatsServer::publish(const std::string& subject, const std::string& body) const {
  const int fd = connect();
  const std::string text = "CONNECT {\"verbose\":false}\r\nPUB " + subject + " " +
                           std::to_string(body.size()) + "\r\n" + body + "\r\nPING\r\n";
  (void)!::write(fd, text.data(), text.size());
  // The answer to PING says that what came before it was obeyed.
  std::string answer;
  std::array<char, 4096> buffer;
  while (answer.find("PONG") == std::string::npos) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
}

}  // namespace decnet::bus::test
