#include "tests/live_system.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "tests/test_main.h"

namespace decnet::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

sockaddr_in local(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return socket;
  }
  ::close(socket);
  return -1;
}

int connect_to(const std::filesystem::path& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) std::abort();
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return socket;
  }
  ::close(socket);
  return -1;
}

template <typename Where>
bool answers(const Where& where) {
  const int socket = connect_to(where);
  if (socket >= 0) ::close(socket);
  return socket >= 0;
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

// The shell is gone once the program runs: exec keeps the process.
std::vector<std::string> redirected(std::vector<std::string> arguments,
                                    const std::filesystem::path& errors) {
  std::vector<std::string> all = {"/bin/sh", "-c", "log=$1; shift; exec \"$@\" 2>>\"$log\"", "sh",
                                  errors.string()};
  for (auto& argument : arguments) all.push_back(std::move(argument));
  return all;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds time) {
  const auto end = SteadyClock::now() + time;
  while (!condition()) {
    if (SteadyClock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  ::close(socket);
  return ntohs(address.sin_port);
}

std::string scrape(std::uint16_t port) {
  const int socket = connect_to(port);
  if (socket < 0) return {};
  constexpr std::string_view kRequest =
      "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  std::string text;
  if (::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  ::close(socket);
  return text;
}

std::int64_t metric(const std::string& text, std::string_view name) {
  const std::string head = "\n" + std::string(name) + " ";
  const auto at = text.find(head);
  return at == std::string::npos ? -1 : std::strtoll(text.c_str() + at + head.size(), nullptr, 10);
}

Daemon::Daemon(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
               std::filesystem::path errors)
    : errors_(std::move(errors)),
      process_({.arguments = redirected(std::move(arguments), errors_),
                .environment = std::move(environment)}) {}

std::string Daemon::errors() const {
  std::ifstream file(errors_, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Finished Daemon::end(int signal) {
  process_.signal(signal);
  return process_.wait();
}

std::unique_ptr<Daemon> start_nats(std::uint16_t port, const std::filesystem::path& directory) {
  auto server = std::make_unique<Daemon>(
      std::vector<std::string>{"nats-server", "-a", "127.0.0.1", "-p", std::to_string(port), "-js",
                               "-sd", (directory / "nats").string()},
      std::map<std::string, std::string>{}, directory / "nats.err");
  eventually([port] { return answers(port); });
  return server;
}

std::unique_ptr<Daemon> start_broker(const std::filesystem::path& socket,
                                     const std::filesystem::path& directory) {
  auto broker =
      std::make_unique<Daemon>(std::vector<std::string>{program().string(), "bus", "--socket",
                                                        socket.string(), "--heartbeat", "1"},
                               std::map<std::string, std::string>{}, directory / "bus.err");
  eventually([&socket] { return answers(socket); });
  return broker;
}

BusClient::BusClient(const std::filesystem::path& socket, const std::vector<std::string>& patterns)
    : socket_(connect_to(socket)) {
  if (!connected()) return;
  send("HELLO test", "");
  for (const auto& pattern : patterns) send("SUB " + pattern, "");
  if (patterns.empty()) return;
  // The broker tells nobody that a subscription is in force, and gives nobody his own events. But
  // it reads each connection in order: when a second one's event comes, the first one's SUBs count.
  const std::string mark = "test.mark." + std::to_string(::getpid());
  send("SUB " + mark, "");
  const BusClient other(socket, {});
  while (connected()) {
    const_cast<BusClient&>(other).publish(mark, envelope(mark, "", "{}", "mark"));
    if (next_of(mark, std::chrono::milliseconds(200))) break;
  }
  send("UNSUB " + mark, "");
}

BusClient::~BusClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool BusClient::send_raw(std::string_view bytes) {
  while (socket_ >= 0 && !bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      ::close(std::exchange(socket_, -1));
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return socket_ >= 0;
}

bool BusClient::send(std::string_view header, std::string_view body) {
  std::string frame(header);
  frame += '\n';
  const auto size = static_cast<std::uint32_t>(body.size());
  for (const unsigned shift : {24U, 16U, 8U, 0U}) frame += static_cast<char>(size >> shift & 0xffU);
  frame += body;
  return send_raw(frame);
}

bool BusClient::publish(std::string_view topic, std::string_view body) {
  return send("PUB " + std::string(topic), body);
}

std::optional<BusClient::Event> BusClient::next(std::chrono::milliseconds time) {
  const auto end = SteadyClock::now() + time;
  for (;;) {
    const std::string_view rest = std::string_view(received_).substr(begin_);
    const auto line = rest.find('\n');
    if (line != std::string::npos && rest.size() >= line + 5) {
      const std::size_t size = big_endian(rest.substr(line + 1));
      if (rest.size() >= line + 5 + size) {
        const std::string_view header = rest.substr(0, line);
        begin_ += line + 5 + size;
        if (!header.starts_with("EVT ")) continue;
        return Event{std::string(header.substr(4)), std::string(rest.substr(line + 5, size))};
      }
    }
    received_.erase(0, std::exchange(begin_, 0));
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now());
    if (socket_ < 0 || left.count() <= 0) return std::nullopt;
    pollfd wanted{socket_, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    std::array<char, 1 << 16> buffer;  // NOLINT: filled by recv()
    const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      ::close(std::exchange(socket_, -1));
      continue;
    }
    received_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::optional<BusClient::Event> BusClient::next_of(std::string_view topic,
                                                   std::chrono::milliseconds time) {
  const auto end = SteadyClock::now() + time;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - SteadyClock::now());
    auto event = next(std::max(left, std::chrono::milliseconds{0}));
    if (!event || event->topic == topic) return event;
  }
}

std::string envelope(std::string_view topic, std::string_view type, std::string_view payload,
                     std::string_view id) {
  std::string text = R"({"v":1,"id":")";
  text.append(id).append(R"(","topic":")").append(topic).append(R"(","type":")").append(type);
  text.append(R"(","ts":1772617200.5,"payload":)").append(payload).append("}");
  return text;
}

}  // namespace decnet::test
