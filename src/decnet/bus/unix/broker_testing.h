// What tests of the broker share: a client that has nothing in common with the product (its bytes
// are put together by hand), and a broker that runs on a thread.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "decnet/base/json.h"
#include "decnet/bus/unix/broker.h"
#include "tests/test_main.h"

namespace decnet::bus::broker_test {

using std::chrono::milliseconds;
inline constexpr int kPatience = 30'000;  // ms that no test which passes waits for

inline std::string frame(const std::string& header, const std::string& body = "") {
  std::string bytes = header + "\n";
  const auto size = static_cast<std::uint32_t>(body.size());
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((size >> shift) & 0xFF);
  return bytes + body;
}

inline sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

struct RawFrame {
  std::string header;
  std::string body;
};

class RawClient {
 public:
  RawClient() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  explicit RawClient(const std::filesystem::path& path) : RawClient() { connect(path); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }

  void connect(const std::filesystem::path& path) {
    const sockaddr_un address = address_of(path);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_; }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // what the test expects next tells
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Nothing at the end of the stream.
  std::optional<RawFrame> read() {
    for (;;) {
      const auto line_feed = input_.find('\n');
      if (line_feed != std::string::npos && input_.size() >= line_feed + 5) {
        std::size_t size = 0;
        for (std::size_t i = 1; i <= 4; ++i) {
          size = size * 256 + static_cast<unsigned char>(input_[line_feed + i]);
        }
        if (input_.size() >= line_feed + 5 + size) {
          RawFrame got{input_.substr(0, line_feed), input_.substr(line_feed + 5, size)};
          input_.erase(0, line_feed + 5 + size);
          return got;
        }
      }
      pollfd wanted{fd_, POLLIN, 0};
      if (::poll(&wanted, 1, kPatience) <= 0) {
        ADD_FAILURE() << "the broker says nothing";
        return std::nullopt;
      }
      std::array<char, 65536> buffer;
      const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (got <= 0) return std::nullopt;
      input_.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  // The next EVT that is no heartbeat.
  std::optional<RawFrame> event() {
    for (;;) {
      auto got = read();
      if (!got || got->header != "EVT system.bus.health") return got;
    }
  }

  // Reads to the end of the stream, which comes when the broker ends the connection.
  bool ended() {
    while (read()) {
    }
    return !testing::Test::HasFailure();
  }

 private:
  int fd_;
  bool connected_ = false;
  std::string input_;
};

// An event of a thousand bytes.
inline std::string large(const std::string& topic) {
  return frame("PUB " + topic, R"({"payload":{"x":")" + std::string(1000, 'x') + R"("}})");
}

class BrokerThreads : public testing::Test {
 protected:
  void start(BrokerOptions options = {}) {
    options.socket = socket_;
    options.heartbeat = milliseconds{20};
    auto opened = Broker::open(options);
    ASSERT_TRUE(opened) << opened.error().message;
    broker_ = *std::move(opened);
    thread_ = std::thread([this] { EXPECT_TRUE(broker_->run()); });
    monitor_ = std::make_unique<RawClient>(socket_);
    monitor_->send(frame("SUB sync.>") + frame("SUB system.bus.health"));
    ASSERT_TRUE(monitor_->read());
  }
  void stop() {
    if (!thread_.joinable()) return;
    broker_->stop();
    thread_.join();
  }
  ~BrokerThreads() override { stop(); }

  // Returns when the broker has obeyed everything that client sent before.
  void sync(const RawClient& client) {
    const std::string topic = "sync." + std::to_string(++syncs_);
    client.send(frame("PUB " + topic));
    for (;;) {
      const auto got = monitor_->event();
      ASSERT_TRUE(got);
      if (got->header == "EVT " + topic) return;
    }
  }

  // The first heartbeat that is as wanted.
  Json health(const std::function<bool(const Json&)>& wanted) {
    for (;;) {
      const auto got = monitor_->read();
      if (!got) {
        ADD_FAILURE() << "no heartbeat any more";
        return {};
      }
      if (got->header != "EVT system.bus.health") continue;
      const Json body = *Json::parse(got->body);
      if (wanted(*body.find("payload"))) return *body.find("payload");
    }
  }
  static std::int64_t integer(const Json& object, std::string_view key) {
    const Json* member = object.find(key);
    return member == nullptr || member->integer() == nullptr ? -1 : *member->integer();
  }

  void expect_service() {
    RawClient one(socket_);
    RawClient two(socket_);
    one.send(frame("SUB still.here"));
    sync(one);
    two.send(frame("PUB still.here", "{}"));
    const auto got = one.event();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->header, "EVT still.here");
  }

  const test::TempDir dir_;
  std::filesystem::path socket_ = dir_.path() / "bus.sock";
  std::unique_ptr<Broker> broker_;
  std::thread thread_;
  std::unique_ptr<RawClient> monitor_;
  int syncs_ = 0;
};

}  // namespace decnet::bus::broker_test
