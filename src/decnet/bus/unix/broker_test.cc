// The broker, spoken to by a client that shares nothing with the product: its bytes are put
// together by hand.
#include "decnet/bus/unix/broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <optional>
#include <thread>

#include "decnet/base/json.h"
#include "tests/test_main.h"

namespace decnet::bus {
namespace {

using std::chrono::milliseconds;
constexpr int kPatience = 30'000;  // ms that no test which passes waits for

std::string frame(const std::string& header, const std::string& body = "") {
  std::string bytes = header + "\n";
  const auto size = static_cast<std::uint32_t>(body.size());
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((size >> shift) & 0xFF);
  return bytes + body;
}

sockaddr_un address_of(const std::filesystem::path& path) {
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
  const std::filesystem::path socket_ = dir_.path() / "bus.sock";
  std::unique_ptr<Broker> broker_;
  std::thread thread_;
  std::unique_ptr<RawClient> monitor_;
  int syncs_ = 0;
};

TEST_F(BrokerThreads, DeliversAndStampsAnew) {
  start();
  RawClient subscriber(socket_);
  subscriber.send(frame("HELLO ttp") + frame("SUB t.*", "ignored") + frame("SUB t.>") +
                  frame("SUB t.x"));
  sync(subscriber);
  RawClient publisher(socket_);
  publisher.send(frame("PUB t.x",
                       R"({"v":1,"id":"00000000000000000000000000000001","topic":"spoofed",)"
                       R"("type":"x","ts":1.5,"payload":{"a":1}})"));
  publisher.send(frame("PUB t.y"));
  const auto first = subscriber.event();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->header, "EVT t.x");
  const Json body = *Json::parse(first->body);
  ASSERT_EQ(body.object()->size(), 6U);
  EXPECT_EQ(*body.find("topic")->string(), "t.x");
  EXPECT_EQ(*body.find("type")->string(), "x");
  EXPECT_EQ(body.find("payload")->dump(), R"({"a":1})");
  EXPECT_THAT(*body.find("id")->string(), testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_NE(*body.find("id")->string(), "00000000000000000000000000000001");
  double ts = 0;
  ASSERT_TRUE(body.find("ts")->number(ts));
  EXPECT_GT(ts, 1e9);
  // Three patterns matched, and it came once.
  const auto second = subscriber.event();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->header, "EVT t.y");
  EXPECT_EQ(Json::parse(second->body)->find("payload")->dump(), "{}");
}

TEST_F(BrokerThreads, NeverDeliversToThePublisherNorAfterUnsub) {
  start();
  RawClient self(socket_);
  RawClient other(socket_);
  self.send(frame("SUB >"));
  sync(self);
  self.send(frame("PUB own.event"));
  sync(self);
  other.send(frame("PUB other.event"));
  const auto got = self.event();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->header, "EVT other.event");
  self.send(frame("UNSUB never.had") + frame("UNSUB >") + frame("SUB last.*"));
  sync(self);
  other.send(frame("PUB other.event") + frame("PUB last.event"));
  const auto last = self.event();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->header, "EVT last.event");
}

TEST_F(BrokerThreads, SaysGoodByeBothWays) {
  start();
  RawClient leaving(socket_);
  leaving.send(frame("PUB sync.before") + frame("BYE", "ignored"));
  EXPECT_TRUE(leaving.ended());
  EXPECT_EQ(monitor_->event()->header, "EVT sync.before");
  RawClient staying(socket_);
  sync(staying);
  stop();
  EXPECT_EQ(staying.read()->header, "BYE");
  EXPECT_FALSE(staying.read());
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

// An event of a thousand bytes.
std::string large(const std::string& topic) {
  return frame("PUB " + topic, R"({"payload":{"x":")" + std::string(1000, 'x') + R"("}})");
}

TEST_F(BrokerThreads, AtTheEndDeliversWhatHadArrivedAndWaitsForSlowOnes) {
  start();
  RawClient slow(socket_);
  slow.send(frame("SUB flood.*"));
  sync(slow);
  RawClient publisher(socket_);
  constexpr int kEvents = 900;  // more than a socket holds
  for (int i = 0; i < kEvents; ++i) publisher.send(large("flood." + std::to_string(i)));
  broker_->stop();
  for (int i = 0; i < kEvents; ++i) {
    const auto got = slow.event();
    ASSERT_TRUE(got) << "after " << i;
    ASSERT_EQ(got->header, "EVT flood." + std::to_string(i));
  }
  EXPECT_EQ(slow.event()->header, "BYE");
  EXPECT_FALSE(slow.read());
  EXPECT_EQ(broker_->counters().dropped, 0U);
}

TEST_F(BrokerThreads, AtTheEndWaitsForNobodyLongerThanAgreed) {
  BrokerOptions options;
  options.stop_grace = milliseconds{1};
  start(options);
  RawClient never(socket_);
  never.send(frame("HELLO never") + frame("SUB flood"));
  sync(never);
  RawClient publisher(socket_);
  for (int i = 0; i < 900; ++i) publisher.send(large("flood"));
  sync(publisher);
  ASSERT_EQ(broker_->counters().dropped, 0U);
  stop();
  EXPECT_GT(broker_->counters().dropped, 0U);
}

TEST_F(BrokerThreads, TellsOfEveryTurn) {
  std::atomic<int> turns{0};
  BrokerOptions options;
  options.every_turn = [&turns] { ++turns; };
  start(options);
  const int before = turns;
  expect_service();
  EXPECT_GT(turns, before);
  stop();  // `turns` goes before the fixture does
}

TEST_F(BrokerThreads, EventsThatMayNotTravelAreCountedAndHarmNobody) {
  start();
  RawClient client(socket_);
  client.send(frame("PUB a..b") + frame("PUB a.*") + frame("PUB a b") +
              frame("PUB a.b", R"({"payload":"poison"})") + frame("PUB a.b", R"({"payload":[1]})"));
  sync(client);
  health([](const Json& payload) { return integer(payload, "rejected") == 5; });
  EXPECT_EQ(broker_->counters().broken, 0U);
}

TEST_F(BrokerThreads, DropsTheOldestOfASlowSubscriberAndCountsThem) {
  start({.socket = {}, .max_queued_frames = 8});
  RawClient slow(socket_);
  slow.send(frame("HELLO slow") + frame("SUB flood.*"));
  sync(slow);
  RawClient publisher(socket_);
  constexpr int kEvents = 3000;
  for (int i = 0; i < kEvents; ++i) {
    publisher.send(frame("PUB flood." + std::to_string(i),
                         R"({"payload":{"x":")" + std::string(1000, 'x') + "\"}}"));
  }
  sync(publisher);
  const Json payload = health([](const Json& p) { return integer(p, "dropped") > 0; });
  ASSERT_NE(payload.find("dropped_by_subscriber"), nullptr);
  ASSERT_EQ(payload.find("dropped_by_subscriber")->object()->size(), 1U);
  const auto& [name, dropped] = payload.find("dropped_by_subscriber")->object()->front();
  EXPECT_THAT(name, testing::HasSubstr("slow"));
  int received = 0;
  int last = -1;
  while (last != kEvents - 1) {
    const auto got = slow.event();
    ASSERT_TRUE(got);
    const int number = std::stoi(got->header.substr(std::strlen("EVT flood.")));
    ASSERT_GT(number, last);
    last = number;
    ++received;
  }
  EXPECT_EQ(received + *dropped.integer(), kEvents);
  EXPECT_EQ(broker_->counters().dropped, static_cast<std::uint64_t>(*dropped.integer()));
}

// Each of them alone is far from its limit.
TEST_F(BrokerThreads, DropsTheOldestOfAllWhenTheyHoldTooMuchTogether) {
  constexpr std::int64_t kTotal = 2 << 20;
  start({.socket = {}, .max_total_bytes = kTotal});
  constexpr int kSlow = 8;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < kSlow; ++i) {
    slow.push_back(std::make_unique<RawClient>(socket_));
    // What some wait for, and what only one does.
    slow.back()->send(frame("HELLO slow") + frame("SUB all.*") +
                      frame("SUB only." + std::to_string(i)));
    sync(*slow.back());
  }
  RawClient publisher(socket_);
  const std::string body = R"({"payload":{"x":")" + std::string(100'000, 'x') + "\"}}";
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    publisher.send(frame("PUB all." + std::to_string(round), body));
    for (int i = 0; i < kSlow; ++i) publisher.send(frame("PUB only." + std::to_string(i), body));
    const auto held = health([](const Json&) { return true; });
    EXPECT_LE(integer(held, "queued_bytes"), kTotal);
  }
  sync(publisher);
  const Json payload = health([](const Json& p) { return integer(p, "dropped_for_all") > 0; });
  EXPECT_LE(integer(payload, "queued_bytes"), kTotal);
  EXPECT_EQ(integer(payload, "dropped"), integer(payload, "dropped_for_all"));
  EXPECT_EQ(payload.find("dropped_by_subscriber")->object()->size(), kSlow);
  // The newest is still there for all, and what is not is counted.
  std::int64_t received = 0;
  for (int i = 0; i < kSlow; ++i) {
    bool shared_last = false;
    bool own_last = false;
    int own = 0;
    while (!shared_last || !own_last) {
      const auto got = slow[static_cast<std::size_t>(i)]->event();
      ASSERT_TRUE(got);
      ++received;
      shared_last |= got->header == "EVT all." + std::to_string(kRounds - 1);
      own += got->header == "EVT only." + std::to_string(i) ? 1 : 0;
      own_last |= shared_last && got->header.starts_with("EVT only.");
    }
    EXPECT_GT(own, 0);
  }
  EXPECT_EQ(received + integer(payload, "dropped"), kRounds * kSlow * 2);
}

TEST_F(BrokerThreads, APeerThatHearsNothingMayStillSpeak) {
  start();
  RawClient deaf(socket_);
  deaf.send(frame("SUB flood"));
  sync(deaf);
  ASSERT_EQ(::shutdown(deaf.fd(), SHUT_RD), 0);
  RawClient publisher(socket_);
  publisher.send(frame("PUB flood"));
  sync(publisher);
  sync(deaf);
  EXPECT_EQ(broker_->counters().broken, 0U);
}

TEST_F(BrokerThreads, EndsPeersOverTheLimitsOfConnectionsAndPatterns) {
  start({.socket = {}, .max_connections = 3, .max_patterns = 2});
  RawClient greedy(socket_);
  greedy.send(frame("SUB a") + frame("SUB b") + frame("SUB a"));
  RawClient second(socket_);
  sync(second);
  RawClient third(socket_);
  EXPECT_TRUE(third.ended());
  greedy.send(frame("SUB c"));
  EXPECT_TRUE(greedy.ended());
  EXPECT_EQ(broker_->counters().refused, 1U);
  health([](const Json& p) { return integer(p, "broken") == 1 && integer(p, "refused") == 1; });
}

TEST_F(BrokerThreads, EndsASlowPeerInsideAFrameAndNoOther) {
  start({.socket = {}, .frame_timeout = milliseconds{50}});
  RawClient idle(socket_);  // between frames a peer may be silent as long as it likes
  sync(idle);
  RawClient header(socket_);
  header.send("PUB half");
  RawClient body(socket_);
  body.send(frame("PUB a.b", "{}").substr(0, 13));
  EXPECT_TRUE(header.ended());
  EXPECT_TRUE(body.ended());
  sync(idle);
  EXPECT_EQ(broker_->counters().broken, 2U);
}

TEST_F(BrokerThreads, EndsAPeerThatNeverReads) {
  start({.socket = {}, .max_queued_frames = 8, .write_timeout = milliseconds{50}});
  RawClient never(socket_);
  never.send(frame("SUB flood"));
  sync(never);
  RawClient publisher(socket_);
  for (int i = 0; i < 1000; ++i) {
    publisher.send(frame("PUB flood", R"({"payload":{"x":")" + std::string(1000, 'x') + "\"}}"));
  }
  health([](const Json& p) { return integer(p, "broken") == 1; });
  EXPECT_TRUE(never.ended());
  sync(publisher);
}

TEST_F(BrokerThreads, CountsWhatWaitedForASubscriberThatEnded) {
  // Long enough for all events to be published while it still counts as a subscriber.
  start({.socket = {}, .write_timeout = milliseconds{5000}});
  RawClient never(socket_);
  never.send(frame("SUB flood"));
  sync(never);
  RawClient publisher(socket_);
  constexpr int kEvents = 1000;
  for (int i = 0; i < kEvents; ++i) {
    publisher.send(frame("PUB flood", R"({"payload":{"x":")" + std::string(1000, 'x') + "\"}}"));
  }
  sync(publisher);
  health([](const Json& p) { return integer(p, "broken") == 1; });
  int received = 0;
  while (never.read()) ++received;
  EXPECT_LT(received, kEvents);
  health([&](const Json& p) { return integer(p, "dropped") == kEvents - received; });
}

// Out of descriptors, a broker turns newcomers away and goes on with those it has.
TEST_F(BrokerThreads, SurvivesRunningOutOfDescriptors) {
  start();
  std::array<RawClient, 20> clients;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int free = ::dup(0);
  ASSERT_GE(free, 0);
  ::close(free);
  const rlimit tight{static_cast<rlim_t>(free) + 3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (RawClient& client : clients) client.connect(socket_);
  EXPECT_TRUE(clients.back().ended());
  sync(clients.front());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_GT(broker_->counters().refused, 0U);
  expect_service();
}

TEST_F(BrokerThreads, LongNamesDoNotSilenceTheHeartbeat) {
  start();
  RawClient named(socket_);
  named.send(frame("HELLO " + std::string(4000, 'n')) + frame("HELLO"));
  sync(named);
  expect_service();
}

struct Poison {
  const char* name;
  std::string bytes;
  bool counted = true;
};
void PrintTo(const Poison& poison, std::ostream* out) { *out << poison.name; }

class BrokerPoisonThreads : public BrokerThreads, public testing::WithParamInterface<Poison> {};

TEST_P(BrokerPoisonThreads, EndsItsConnectionAndNoOther) {
  start();
  RawClient bystander(socket_);
  sync(bystander);
  {
    RawClient hostile(socket_);
    // What came before it counts.
    hostile.send(frame("PUB sync.before") + GetParam().bytes);
    if (!GetParam().counted) ::shutdown(hostile.fd(), SHUT_WR);
    EXPECT_TRUE(hostile.ended());
  }
  EXPECT_EQ(monitor_->event()->header, "EVT sync.before");
  sync(bystander);
  expect_service();
  EXPECT_EQ(broker_->counters().broken, GetParam().counted ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Corpus, BrokerPoisonThreads,
    testing::Values(
        Poison{"LowerCaseVerb", frame("pub a")}, Poison{"UnknownVerb", frame("GET / HTTP/1.1")},
        Poison{"EmptyHeader", frame("")}, Poison{"NotAscii", frame("PUB caf\xC3\xA9")},
        Poison{"HeaderOverTheLimit", frame("PUB " + std::string(4092, 'a'))},
        Poison{"EndlessHeader", std::string(10'000, 'A')},
        Poison{"BodyOverTheLimit", std::string("PUB a\n\0\x10\0\1", 10)},
        Poison{"HugeBody", "PUB a\n\xFF\xFF\xFF\xFF"}, Poison{"NoJson", frame("PUB a", "{\"a\":")},
        Poison{"JsonArray", frame("PUB a", "[1,2]")}, Poison{"JsonText", frame("PUB a", "\"x\"")},
        Poison{"NestedDeep", frame("PUB a", std::string(100'000, '['))},
        Poison{"PubWithoutTopic", frame("PUB", "{}")}, Poison{"PubOfBlanks", frame("PUB   ")},
        Poison{"SubWithoutPattern", frame("SUB")}, Poison{"EvtFromAClient", frame("EVT a", "{}")},
        Poison{"Garbage", std::string("\x00\xFF\n\x16\x03\x01\n", 7)},
        Poison{"HalfAHeader", "PUB ha", false}, Poison{"HalfALength", "PUB a\n\0\0", false},
        Poison{"HalfABody", frame("PUB a", "{}").substr(0, 11), false}),
    [](const auto& poison) { return poison.param.name; });

class BrokerSocket : public testing::Test {
 protected:
  [[nodiscard]] Result<std::unique_ptr<Broker>> open() const {
    BrokerOptions options;
    options.socket = socket_;
    options.heartbeat = milliseconds{20};
    return Broker::open(options);
  }
  const test::TempDir dir_;
  std::filesystem::path socket_ = dir_.path() / "bus.sock";
};

TEST_F(BrokerSocket, IsForOwnerAndGroupWhateverTheUmask) {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    const mode_t before = ::umask(mask);
    auto broker = open();
    const mode_t after = ::umask(before);
    ASSERT_TRUE(broker) << broker.error().message;
    EXPECT_EQ(after, mask);
    struct stat status {};
    ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0660U);
    broker->reset();
    std::filesystem::remove(socket_);
    std::filesystem::remove(socket_.string() + ".lock");
  }
}

TEST_F(BrokerSocket, ReplacesAStaleOne) {
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_of(socket_);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  ASSERT_TRUE(std::filesystem::exists(socket_));
  EXPECT_TRUE(open());
}

TEST_F(BrokerSocket, IsNotStolenFromALiveBroker) {
  const auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().message, testing::HasSubstr(socket_.string()));
  EXPECT_TRUE(RawClient(socket_).connected());
}

// One that keeps no lock, and is too busy to accept.
TEST_F(BrokerSocket, IsNotStolenFromABusyStranger) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(socket_);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  std::vector<int> waiting;
  int connected = 0;
  do {
    waiting.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    connected =
        ::connect(waiting.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (connected == 0 && waiting.size() < 100);
  EXPECT_EQ(connected, -1);
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(std::filesystem::exists(socket_));
  for (const int fd : waiting) ::close(fd);
  ::close(listener);
}

TEST_F(BrokerSocket, DeletesNothingThatIsNoSocket) {
  dir_.write("bus.sock", "precious");
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code, ErrorCode::kConflict);
  EXPECT_EQ(std::filesystem::file_size(socket_), 8U);
}

TEST_F(BrokerSocket, NeedsItsDirectory) {
  socket_ = dir_.path() / "missing" / "bus.sock";
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_THAT(broker.error().message, testing::HasSubstr("create it first"));
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "missing"));
}

TEST_F(BrokerSocket, SaysThatAPathIsTooLong) {
  socket_ = dir_.path() / std::string(120, 'x');
  const auto broker = open();
  ASSERT_FALSE(broker);
  EXPECT_EQ(broker.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(broker.error().message, testing::HasSubstr("107"));
}

}  // namespace
}  // namespace decnet::bus
