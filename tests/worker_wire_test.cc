// What `decnet ttp` says to a broker, byte by byte: this test sits where the broker would, and
// knows nothing of the program's own reader and writer of frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "decnet/base/json.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace): bytes with zeros
using testing::ElementsAre;
using testing::UnorderedElementsAre;

struct RawFrame {
  std::string header;
  std::string body;
};

// One client's connection.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { ::close(socket_); }

  // Nothing at the end of the stream, which must not come inside a frame.
  std::optional<RawFrame> read() {
    for (;;) {
      const auto line_feed = bytes_.find('\n');
      if (line_feed != std::string::npos && bytes_.size() >= line_feed + 5) {
        std::size_t size = 0;
        for (std::size_t i = 1; i <= 4; ++i) {
          size = size << 8 | static_cast<unsigned char>(bytes_[line_feed + i]);
        }
        if (bytes_.size() >= line_feed + 5 + size) {
          RawFrame frame{bytes_.substr(0, line_feed), bytes_.substr(line_feed + 5, size)};
          bytes_.erase(0, line_feed + 5 + size);
          return frame;
        }
      }
      pollfd wanted{socket_, POLLIN, 0};
      const auto patience = std::chrono::milliseconds(kLongEnough).count();
      if (::poll(&wanted, 1, static_cast<int>(patience)) <= 0) {
        ADD_FAILURE() << "the worker says nothing";
        return std::nullopt;
      }
      std::array<char, 4096> buffer;  // NOLINT: filled by recv()
      const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        EXPECT_EQ(bytes_, "");
        return std::nullopt;
      }
      bytes_.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  // The headers up to the first frame of that header, whose body is returned too.
  std::pair<std::vector<std::string>, std::string> read_until(std::string_view header) {
    std::vector<std::string> headers;
    while (auto frame = read()) {
      if (frame->header == header) return {headers, frame->body};
      EXPECT_EQ(frame->body, "") << frame->header;
      headers.push_back(frame->header);
    }
    return {headers, ""};
  }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

 private:
  const int socket_;
  std::string bytes_;
};

class OnTheWire : public WorkerTest {
 protected:
  OnTheWire() : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
  }
  ~OnTheWire() override { ::close(listener_); }
  [[nodiscard]] std::unique_ptr<Peer> accept() const {
    pollfd wanted{listener_, POLLIN, 0};
    const auto patience = std::chrono::milliseconds(kLongEnough).count();
    EXPECT_EQ(::poll(&wanted, 1, static_cast<int>(patience)), 1);
    return std::make_unique<Peer>(::accept(listener_, nullptr, nullptr));
  }

  // What a greeting consists of: the name, and then the patterns, in any order.
  static void expect_greeting(std::vector<std::string> headers) {
    ASSERT_FALSE(headers.empty());
    EXPECT_EQ(headers.front(), "HELLO ttp");
    headers.erase(headers.begin());
    EXPECT_THAT(headers,
                UnorderedElementsAre("SUB attacker.session.ended", "SUB attacker.observed",
                                     "SUB attacker.intel.enriched", "SUB attacker.fingerprinted",
                                     "SUB identity.formed", "SUB identity.merged",
                                     "SUB credential.reuse.detected", "SUB email.received",
                                     "SUB canary.>", "SUB system.ttp.control",
                                     // Its own loss is what a client may ask a broker for.
                                     "SUB system.bus.health"));
  }

  int listener_;
};

// The framework holds the set of patterns against its own list.
TEST_F(OnTheWire, GreetsSubscribesBeatsAndSaysGoodBye) {
  create_database();
  start_worker();
  const auto peer = accept();
  const auto [greeting, health] = peer->read_until("PUB system.ttp.health");
  expect_greeting(greeting);
  const auto envelope = Json::parse(health);
  ASSERT_TRUE(envelope) << health;
  std::vector<std::string> keys;
  for (const auto& [key, value] : *envelope->object()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("v", "id", "topic", "type", "ts", "payload"));
  EXPECT_EQ(envelope->find("v")->dump(), "1");
  EXPECT_EQ(*envelope->find("topic")->string(), "system.ttp.health");
  EXPECT_EQ(*envelope->find("type")->string(), "health");
  EXPECT_EQ(*envelope->find("payload")->find("worker")->string(), "ttp");
  double ts = 0;
  EXPECT_TRUE(envelope->find("payload")->find("ts")->number(ts));
  EXPECT_GT(ts, 1e9);

  worker_->process().signal(SIGTERM);
  const auto [rest, body] = peer->read_until("BYE");
  EXPECT_THAT(rest, ElementsAre());
  EXPECT_EQ(body, "");
  EXPECT_FALSE(peer->read()) << "nothing comes after it";
  EXPECT_EQ(worker_->process().wait().exit_code, 0) << worker_->errors();
}

// Whatever a broker does that is none of its business: the worker comes back, and greets anew.
TEST_F(OnTheWire, ComesBackFromABrokerThatMisbehaves) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_worker();
  for (const auto& bytes :
       {"BYE\n\0\0\0\0EVT after.the.end\n\0\0\0\0"s, "EVT a.b\n\xFF\xFF\xFF\xFF"s,
        "EVT attacker.session.ended\n\0\0\1\0{\"pay"s}) {
    const auto peer = accept();
    expect_greeting(peer->read_until("PUB system.ttp.health").first);
    peer->send(bytes);  // and away it goes
  }
  const auto peer = accept();
  expect_greeting(peer->read_until("PUB system.ttp.health").first);
  // What is no event is passed over, and so is an event whose body is none.
  peer->send("SUB a.b\n\0\0\0\0HELLO you\n\0\0\0\0EVT attacker.observed\n\0\0\0\3{{{"s);
  const std::string body =
      envelope(kSession, "session.ended", session("s-1", "198.51.100.23", "history -c"), "m-1");
  std::string event = std::string("EVT ") + kSession + "\n";
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    event += static_cast<char>(body.size() >> shift & 0xffU);
  }
  peer->send(event + body);
  const auto [before, tagged] = peer->read_until("PUB ttp.tagged");
  EXPECT_THAT(before, ElementsAre());
  const auto announced = Json::parse(tagged);
  ASSERT_TRUE(announced) << tagged;
  EXPECT_EQ(announced->find("payload")->find("techniques_added")->dump(), R"(["T1070"])");
  EXPECT_EQ(peer->read()->header, "PUB ttp.rule.fired.T1070");
}

}  // namespace
}  // namespace decnet::test
