#include "tests/raw_nats.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace decnet::test {

RawNats::RawNats(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  send("CONNECT {\"verbose\":false}\r\n");
}

RawNats::~RawNats() { ::close(socket_); }

bool RawNats::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawNats::publish(std::string_view subject, std::string_view body) {
  return send(fmt::format("PUB {} {}\r\n{}\r\n", subject, body.size(), body));
}

const std::string& RawNats::read_until(const std::function<bool(const std::string&)>& enough) {
  std::array<char, 4096> buffer{};
  while (!enough(received_)) {
    const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    received_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return received_;
}

bool RawNats::sync() {
  received_.clear();
  const auto answered = [](const std::string& text) {
    return text.find("PONG\r\n") != std::string::npos;
  };
  return send("PING\r\n") && answered(read_until(answered));
}

std::string RawNats::ask(const std::string& subject, const std::string& body) {
  send(fmt::format("SUB answer 1\r\nPUB {} answer {}\r\n{}\r\n", subject, body.size(), body));
  return read_until([](const std::string& text) {
    return text.find("\nMSG answer") != std::string::npos && text.ends_with("}\r\n");
  });
}

}  // namespace decnet::test
