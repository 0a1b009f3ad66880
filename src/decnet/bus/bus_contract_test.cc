// What bus.h promises, asked of every transport with its real peer.
#include "decnet/bus/bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "decnet/bus/bus_testing.h"
#include "decnet/bus/memory/memory_bus.h"
#include "decnet/bus/nats/nats_bus.h"
#include "decnet/bus/nats/nats_server.h"
#include "decnet/bus/unix/broker_in_a_thread.h"
#include "decnet/bus/unix/unix_bus.h"
#include "tests/test_main.h"

namespace decnet::bus {
namespace {

using std::chrono::milliseconds;
using test::event;
using test::eventually;
using test::kPatience;
using test::kTurn;
using test::number_of;

struct Transport {
  const char* name;
  bool durable_subscription;
};
void PrintTo(const Transport& transport, std::ostream* out) { *out << transport.name; }

// Two clients of one bus; in memory they are one.
class BusThreads : public testing::TestWithParam<Transport> {
 protected:
  void SetUp() override {
    const std::string_view name = GetParam().name;
    if (name == "Memory") {
      own_[0] = make_memory_bus();
      speaker_ = listener_ = own_[0].get();
      return;
    }
    if (name == "Unix") broker_ = std::make_unique<BrokerInAThread>(dir_.path() / "bus.sock");
    if (name.starts_with("Nats")) {
      server_ = std::make_unique<test::NatsServer>(dir_.path());
      ASSERT_TRUE(server_->start()) << "is nats-server installed?";
    }
    for (auto& own : own_) own = connect();
    speaker_ = own_[0].get();
    listener_ = own_[1].get();
    for (const Bus* bus : {speaker_, listener_}) {
      ASSERT_TRUE(eventually([bus] { return bus->state().link == Link::kConnected; }));
    }
  }
  std::unique_ptr<Bus> connect() {
    if (server_) return *open_nats_bus({.url = server_->url()});
    return open_unix_bus({.socket = dir_.path() / "bus.sock", .client_name = "test"});
  }

  std::unique_ptr<Subscription> subscribe(Bus& bus, std::vector<std::string> patterns) {
    auto subscription = bus.subscribe(patterns, GetParam().durable_subscription ? "test" : "");
    EXPECT_TRUE(subscription) << subscription.error().message;
    settle();
    return *std::move(subscription);
  }
  // Returns when what the listener asked for has arrived: its word comes round to the speaker.
  void settle() {
    if (speaker_ == listener_) return;
    const std::vector<std::string> patterns{"sync.*"};
    const auto heard = speaker_->subscribe(patterns, "");
    ASSERT_TRUE(heard);
    ASSERT_TRUE(eventually([&] {
      (void)listener_->publish(event("sync.word"));
      return !(*heard)->next(1, kTurn).empty();
    }));
  }
  void say(const std::string& topic, int number = 0) {
    Result<void> said;
    EXPECT_TRUE(eventually([&] { return bool(said = speaker_->publish(event(topic, number))); }))
        << said.error().message;
  }
  // "topic:number" of everything up to the first event on `last`.
  static std::vector<std::string> heard(Subscription& subscription, const std::string& last) {
    std::vector<std::string> all;
    EXPECT_TRUE(eventually([&] {
      const auto deliveries = subscription.next(100, kTurn);
      subscription.acknowledge(deliveries);
      for (const Delivery& delivery : deliveries) {
        EXPECT_EQ(delivery.envelope.type, "kind");
        if (delivery.envelope.topic == last) return true;
        all.push_back(delivery.envelope.topic + ":" + std::to_string(number_of(delivery)));
      }
      return false;
    }));
    return all;
  }

  const decnet::test::TempDir dir_;
  std::unique_ptr<BrokerInAThread> broker_;
  std::unique_ptr<test::NatsServer> server_;
  std::unique_ptr<Bus> own_[2];
  Bus* speaker_ = nullptr;
  Bus* listener_ = nullptr;
};

using Heard = std::vector<std::string>;

TEST_P(BusThreads, DeliversWhatMatchesOnceAndInOrder) {
  const auto subscription =
      subscribe(*listener_, {"attacker.>", "attacker.*", "attacker.x", "canary.*.z"});
  say("attacker.x", 1);
  say("identity.formed", 2);
  say("attacker.x.y", 3);
  say("canary.a.z", 4);
  say("canary.a.b", 5);
  say("attacker.y", 6);
  say("attacker.end");
  EXPECT_EQ(heard(*subscription, "attacker.end"),
            (Heard{"attacker.x:1", "attacker.x.y:3", "canary.a.z:4", "attacker.y:6"}));
}

TEST_P(BusThreads, KeepsTheOrderOfAPublisher) {
  const auto subscription = subscribe(*listener_, {"attacker.a", "attacker.b", "attacker.end"});
  Heard expected;
  for (int i = 0; i < 300; ++i) {
    const std::string topic = i % 3 == 0 ? "attacker.a" : "attacker.b";
    say(topic, i);
    expected.push_back(topic + ":" + std::to_string(i));
  }
  say("attacker.end");
  EXPECT_EQ(heard(*subscription, "attacker.end"), expected);
  EXPECT_GE(subscription->counters().received, 301U);
  EXPECT_EQ(subscription->counters().dropped, 0U);
  EXPECT_GE(speaker_->state().published, 301U);
}

TEST_P(BusThreads, EverySubscriptionGetsItsOwn) {
  const std::vector<std::string> patterns{"system.>"};
  const auto one = listener_->subscribe(patterns, "");
  const auto two = listener_->subscribe(patterns, "");
  ASSERT_TRUE(one && two);
  settle();
  say("system.a", 1);
  say("system.end");
  EXPECT_EQ(heard(**one, "system.end"), Heard{"system.a:1"});
  EXPECT_EQ(heard(**two, "system.end"), Heard{"system.a:1"});
}

TEST_P(BusThreads, HearsItselfAsItSays) {
  const std::vector<std::string> patterns{"system.>"};
  const auto subscription = listener_->subscribe(patterns, "");
  ASSERT_TRUE(subscription);
  settle();
  ASSERT_TRUE(listener_->publish(event("system.own", 1)));
  settle();
  say("system.end");
  EXPECT_EQ(heard(**subscription, "system.end"),
            listener_->hears_itself() ? Heard{"system.own:1"} : Heard{});
}

TEST_P(BusThreads, WakeEndsAWait) {
  const auto subscription = subscribe(*listener_, {"attacker.>"});
  std::thread waker([&] { subscription->wake(); });
  EXPECT_TRUE(subscription->next(1, kPatience).empty());
  waker.join();
}

TEST_P(BusThreads, StopHandsOutNothingNew) {
  const auto subscription = subscribe(*listener_, {"attacker.>"});
  subscription->stop();
  say("attacker.late");
  EXPECT_TRUE(subscription->next(1, kPatience).empty());
}

TEST_P(BusThreads, CloseEndsEverything) {
  const auto subscription = subscribe(*listener_, {"attacker.>"});
  std::thread closer([&] { listener_->close(); });
  EXPECT_TRUE(subscription->next(1, kPatience).empty());
  closer.join();
  listener_->close();
  EXPECT_EQ(listener_->state().link, Link::kClosed);
  const auto published = listener_->publish(event("attacker.x"));
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().code, ErrorCode::kUnavailable);
  const std::vector<std::string> patterns{"attacker.>"};
  EXPECT_FALSE(listener_->subscribe(patterns, ""));
}

TEST_P(BusThreads, RefusesWhatWouldNeverPass) {
  const auto before = speaker_->state().unpublished;
  std::vector<Envelope> refused;
  for (const char* topic : {"", "a b", "a..b", ".a", "a.", "a.*", "a.>", "caf\xC3\xA9", "a\nb"}) {
    refused.push_back(event(topic));
  }
  refused.push_back(event(std::string(4100, 'a')));
  refused.push_back(event("attacker.big"));
  refused.back().payload.set("text", std::string(kMaxBodyBytes, 'x'));
  for (const Envelope& envelope : refused) {
    const auto published = speaker_->publish(envelope);
    ASSERT_FALSE(published) << envelope.topic;
    EXPECT_EQ(published.error().code, ErrorCode::kInvalid) << envelope.topic;
  }
  EXPECT_EQ(speaker_->state().unpublished, before + refused.size());
  for (const auto& pattern : {std::string("a b"), std::string("a..b"), std::string(4100, 'a')}) {
    const std::vector<std::string> patterns{"attacker.>", pattern};
    const auto subscription = speaker_->subscribe(patterns, "");
    ASSERT_FALSE(subscription);
    EXPECT_EQ(subscription.error().code, ErrorCode::kInvalid);
  }
  const std::vector<std::string> patterns{"attacker.>"};
  for (const char* name : {"../escape", "a.b", "a b", "a/b"}) {
    EXPECT_FALSE(speaker_->subscribe(patterns, name)) << name;
  }
  const auto subscription = subscribe(*listener_, {"attacker.>"});  // nothing was harmed
  say("attacker.end");
  EXPECT_EQ(heard(*subscription, "attacker.end"), Heard{});
}

INSTANTIATE_TEST_SUITE_P(Every, BusThreads,
                         testing::Values(Transport{"Memory", false}, Transport{"Unix", false},
                                         Transport{"Nats", false}, Transport{"NatsDurable", true}),
                         [](const auto& transport) { return transport.param.name; });

class UnixBusThreads : public testing::Test {
 protected:
  const decnet::test::TempDir dir_;
  const std::filesystem::path socket_ = dir_.path() / "bus.sock";
  UnixBusOptions options_{.socket = socket_,
                          .client_name = "test",
                          .spool = {},
                          .first_retry = milliseconds{5},
                          .last_retry = milliseconds{20}};
};

TEST_F(UnixBusThreads, ComesBackByItselfAfterTheBroker) {
  auto broker = std::make_unique<BrokerInAThread>(socket_);
  const auto listener = open_unix_bus(options_);
  const auto speaker = open_unix_bus(options_);
  EXPECT_EQ(listener->state().link, Link::kConnected);
  const std::vector<std::string> patterns{"attacker.>"};
  const auto subscription = *listener->subscribe(patterns, "");
  for (std::uint64_t round = 1; round <= 3; ++round) {
    broker.reset();
    ASSERT_TRUE(eventually([&] { return listener->state().link == Link::kReconnecting; }));
    EXPECT_FALSE(listener->state().last_error.empty());
    const auto refused = listener->publish(event("attacker.x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    broker = std::make_unique<BrokerInAThread>(socket_);
    const int number = static_cast<int>(round);
    ASSERT_TRUE(eventually([&] {
      (void)speaker->publish(event("attacker.x", number));
      const auto deliveries = subscription->next(1, kTurn);
      return !deliveries.empty() && number_of(deliveries[0]) == number;
    }));
    EXPECT_EQ(listener->state().link, Link::kConnected);
    EXPECT_GE(listener->state().reconnects, round);
  }
}

TEST_F(UnixBusThreads, AwaitsABrokerThatIsNotThereYet) {
  const auto bus = open_unix_bus(options_);
  EXPECT_EQ(bus->state().link, Link::kReconnecting);
  const BrokerInAThread broker(socket_);
  EXPECT_TRUE(eventually([&] { return bus->state().link == Link::kConnected; }));
}

// A broker that ends every connection at once, as one does that has as many clients as it may have.
class EndingBroker {
 public:
  explicit EndingBroker(const std::filesystem::path& path)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
  }
  EndingBroker(const EndingBroker&) = delete;
  EndingBroker& operator=(const EndingBroker&) = delete;
  ~EndingBroker() { ::close(listener_); }

  // `meanwhile` happens between its beginning and its end.
  void serve(const std::function<void()>& meanwhile = [] {}) const {
    pollfd asked{.fd = listener_, .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&asked, 1, 60'000), 1) << "nobody comes";
    const int taken = ::accept(listener_, nullptr, nullptr);
    ASSERT_GE(taken, 0);
    meanwhile();
    ::close(taken);
  }

 private:
  const int listener_;
};

TEST_F(UnixBusThreads, ABrokerThatEndsEveryConnectionAtOnceIsTriedLessAndLess) {
  const EndingBroker broker(socket_);
  std::mutex mutex;
  std::vector<std::int64_t> waits;
  std::atomic<std::chrono::seconds> later{std::chrono::seconds{0}};
  options_.first_retry = milliseconds{1};
  options_.last_retry = milliseconds{10};
  options_.now = [&] { return std::chrono::steady_clock::time_point{} + later.load(); };
  options_.before_wait = [&](milliseconds wait) {
    const std::lock_guard lock(mutex);
    waits.push_back(wait.count());
  };
  auto bus = open_unix_bus(options_);
  for (int i = 0; i < 6; ++i) broker.serve();
  // After one that lasted what went before is forgotten.
  broker.serve([&] {
    ASSERT_TRUE(eventually([&] { return bus->state().link == Link::kConnected; }));
    later = std::chrono::seconds{6};
  });
  for (int i = 0; i < 2; ++i) broker.serve();
  bus.reset();
  ASSERT_GE(waits.size(), 8U);
  waits.resize(8);  // it may have begun another one before it ended
  EXPECT_THAT(waits, testing::ElementsAre(1, 2, 4, 8, 10, 10, 1, 2));
}

TEST_F(UnixBusThreads, PublishedBeforeCloseArrives) {
  const BrokerInAThread broker(socket_);
  const auto listener = open_unix_bus(options_);
  const std::vector<std::string> patterns{"attacker.>", "ready"};
  const auto subscription = *listener->subscribe(patterns, "");
  auto speaker = open_unix_bus(options_);
  ASSERT_TRUE(eventually([&] {
    (void)speaker->publish(event("ready"));
    return !subscription->next(1, kTurn).empty();
  }));
  constexpr int kEvents = 500;
  for (int i = 0; i < kEvents; ++i) ASSERT_TRUE(speaker->publish(event("attacker.x", i)));
  speaker.reset();
  int next = 0;
  EXPECT_TRUE(eventually([&] {
    for (const Delivery& delivery : subscription->next(100, kTurn)) {
      if (delivery.envelope.topic == "ready") continue;
      EXPECT_EQ(number_of(delivery), next++);
    }
    return next == kEvents;
  }));
}

}  // namespace
}  // namespace decnet::bus
