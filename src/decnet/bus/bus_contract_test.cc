// What bus.h promises, asked of every transport with its real peer.
#include "decnet/bus/bus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "decnet/bus/memory/memory_bus.h"
#include "decnet/bus/nats/nats_bus.h"
#include "decnet/bus/nats/nats_server.h"
#include "decnet/bus/unix/broker_in_a_thread.h"
#include "decnet/bus/unix/unix_bus.h"
#include "tests/test_main.h"

namespace decnet::bus {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kTurn{50};
constexpr std::chrono::seconds kPatience{60};  // no test that passes waits for it

bool eventually(const std::function<bool()>& true_at_last) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (true_at_last()) return true;
    std::this_thread::yield();
  }
  return false;
}

Envelope event(std::string topic, int number = 0) {
  return make_envelope(std::move(topic), "kind", Json::object({{"n", number}}),
                       system_clock().now());
}

int number_of(const Delivery& delivery) {
  return static_cast<int>(*delivery.envelope.payload.find("n")->integer());
}

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

class NatsBusThreads : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.start()) << "is nats-server installed?"; }
  std::unique_ptr<Bus> connect(milliseconds ack_wait = milliseconds{30'000}) {
    auto bus = *open_nats_bus({.url = server_.url(), .ack_wait = ack_wait});
    EXPECT_TRUE(eventually([&] { return bus->state().link == Link::kConnected; }));
    return bus;
  }
  static std::unique_ptr<Subscription> subscribe(Bus& bus) {
    const std::vector<std::string> patterns{"attacker.>", "canary.>"};
    return *bus.subscribe(patterns, "decnet-ttp");
  }
  static bool publish(Bus& bus, int number) {
    return bool(bus.publish(event("attacker.x", number)));
  }
  static std::vector<Delivery> take(Subscription& subscription, std::size_t count) {
    std::vector<Delivery> all;
    EXPECT_TRUE(eventually([&] {
      auto more = subscription.next(count - all.size(), kTurn);
      std::move(more.begin(), more.end(), std::back_inserter(all));
      return all.size() >= count;
    }));
    return all;
  }
  const decnet::test::TempDir dir_;
  test::NatsServer server_{dir_.path()};
};

TEST_F(NatsBusThreads, WhatIsNotAcknowledgedComesAgain) {
  const auto bus = connect(milliseconds{200});
  const auto subscription = subscribe(*bus);
  ASSERT_TRUE(eventually([&] { return publish(*bus, 1); }));
  const auto first = take(*subscription, 1);
  EXPECT_EQ(first[0].attempt, 1U);
  const auto second = take(*subscription, 1);
  EXPECT_EQ(second[0].attempt, 2U);
  EXPECT_EQ(second[0].envelope.id, first[0].envelope.id);
  subscription->postpone(second, milliseconds{1});
  const auto third = take(*subscription, 1);
  EXPECT_EQ(third[0].attempt, 3U);
  subscription->postpone(third, milliseconds{0});
  const auto fourth = take(*subscription, 1);
  EXPECT_EQ(fourth[0].attempt, 4U);
  subscription->keep(fourth);
  subscription->acknowledge(fourth);
  subscription->acknowledge(fourth);  // known no more
  ASSERT_TRUE(publish(*bus, 2));
  EXPECT_EQ(number_of(take(*subscription, 1)[0]), 2);
}

TEST_F(NatsBusThreads, OneIdIsStoredOnce) {
  const auto bus = connect();
  const auto subscription = subscribe(*bus);
  const Envelope once = event("attacker.x", 1);
  ASSERT_TRUE(eventually([&] { return bool(bus->publish(once)); }));
  ASSERT_TRUE(bus->publish(once));
  ASSERT_TRUE(publish(*bus, 2));
  const auto deliveries = take(*subscription, 2);
  EXPECT_EQ(number_of(deliveries[0]), 1);
  EXPECT_EQ(deliveries[0].envelope.id, once.id);
  EXPECT_EQ(number_of(deliveries[1]), 2);
}

TEST_F(NatsBusThreads, WorkersOfOneNameShareTheWork) {
  const auto publisher = connect();
  const std::unique_ptr<Bus> buses[2] = {connect(), connect()};
  const std::unique_ptr<Subscription> workers[2] = {subscribe(*buses[0]), subscribe(*buses[1])};
  constexpr int kEvents = 200;
  for (int i = 0; i < kEvents; ++i) {
    ASSERT_TRUE(eventually([&] { return publish(*publisher, i); }));
  }
  std::vector<int> times(kEvents);
  int seen = 0;
  EXPECT_TRUE(eventually([&] {
    for (const auto& worker : workers) {
      const auto deliveries = worker->next(7, kTurn);
      worker->acknowledge(deliveries);
      for (const Delivery& delivery : deliveries) {
        ++times[static_cast<std::size_t>(number_of(delivery))];
        ++seen;
      }
    }
    return seen >= kEvents;
  }));
  EXPECT_EQ(times, std::vector<int>(kEvents, 1));
}

TEST_F(NatsBusThreads, LosesNothingWhenTheServerIsKilled) {
  const auto bus = connect(milliseconds{500});
  const auto subscription = subscribe(*bus);
  std::vector<int> accepted;
  const auto publish_some = [&](int first, int last) {
    for (int i = first; i <= last; ++i) {
      ASSERT_TRUE(eventually([&] { return publish(*bus, i); }));
      accepted.push_back(i);
    }
  };
  publish_some(1, 40);
  const auto held = take(*subscription, 5);
  server_.kill();
  ASSERT_TRUE(eventually([&] { return bus->state().link == Link::kReconnecting; }));
  const auto refused = bus->publish(event("attacker.x", 99));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(subscription->next(1, kTurn).empty());
  subscription->acknowledge(held);  // too late: those come again, which adds nothing
  ASSERT_TRUE(server_.start());
  ASSERT_TRUE(eventually([&] { return bus->state().link == Link::kConnected; }));
  EXPECT_EQ(bus->state().reconnects, 1U);
  publish_some(41, 60);
  std::vector<int> received;
  EXPECT_TRUE(eventually([&] {
    const auto deliveries = subscription->next(10, kTurn);
    subscription->acknowledge(deliveries);
    for (const Delivery& delivery : deliveries) {
      const int number = number_of(delivery);
      if (std::find(received.begin(), received.end(), number) == received.end()) {
        received.push_back(number);
      }
    }
    return received.size() >= accepted.size();
  }));
  std::sort(received.begin(), received.end());
  EXPECT_EQ(received, accepted);
}

TEST_F(NatsBusThreads, GoesOnWhereTheNameLeftOff) {
  {
    const auto bus = connect();
    const auto subscription = subscribe(*bus);
    for (int i = 1; i <= 4; ++i) ASSERT_TRUE(eventually([&] { return publish(*bus, i); }));
    subscription->acknowledge(take(*subscription, 2));
  }
  const auto bus = connect();
  ASSERT_TRUE(publish(*bus, 5));
  const auto subscription = subscribe(*bus);
  const auto rest = take(*subscription, 3);
  EXPECT_EQ(number_of(rest[0]), 3);
  EXPECT_EQ(number_of(rest[2]), 5);
}

TEST_F(NatsBusThreads, AwaitsAServerThatIsNotThereYet) {
  server_.kill();
  const auto bus = *open_nats_bus({.url = server_.url()});
  EXPECT_EQ(bus->state().link, Link::kReconnecting);
  const auto subscription = subscribe(*bus);
  EXPECT_TRUE(subscription->next(1, kTurn).empty());
  ASSERT_TRUE(server_.start());
  ASSERT_TRUE(eventually([&] { return bus->state().link == Link::kConnected; }));
  ASSERT_TRUE(eventually([&] { return publish(*bus, 1); }));
  EXPECT_EQ(number_of(take(*subscription, 1)[0]), 1);
}

TEST_F(NatsBusThreads, SkipsAndCountsWhatIsNoEnvelope) {
  const auto bus = connect();
  const auto subscription = subscribe(*bus);
  ASSERT_TRUE(eventually([&] { return publish(*bus, 1); }));  // the stream is there
  server_.publish("decnet.attacker.x", "no envelope");
  server_.publish("decnet.attacker.x", "[1]");
  ASSERT_TRUE(publish(*bus, 2));
  const auto deliveries = take(*subscription, 2);
  EXPECT_EQ(number_of(deliveries[1]), 2);
  EXPECT_EQ(subscription->counters().undecodable, 2U);
}

TEST_F(NatsBusThreads, NamesTheStreamItMayNotMake) {
  const auto bus = *open_nats_bus({.url = server_.url(), .create_streams = false});
  Result<void> published;
  EXPECT_TRUE(eventually([&] {
    published = bus->publish(event("attacker.x"));
    return !published && published.error().message.find(kEventStream) != std::string::npos;
  }));
  EXPECT_TRUE(bus->publish(event("system.x")));  // needs no stream
}

TEST_F(NatsBusThreads, RefusesAStreamOfAnotherPrefix) {
  const auto first = connect();
  ASSERT_TRUE(eventually([&] { return publish(*first, 1); }));
  const auto other = *open_nats_bus({.url = server_.url(), .prefix = "other"});
  ASSERT_TRUE(eventually([&] { return other->state().link == Link::kConnected; }));
  const auto published = other->publish(event("attacker.x", 2));
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().code, ErrorCode::kUnavailable);
  const auto subscription = subscribe(*other);
  EXPECT_TRUE(subscription->next(1, kTurn).empty());
  EXPECT_FALSE(subscription->in_force());
  for (const std::string& said : {published.error().message, other->state().last_error}) {
    EXPECT_NE(said.find(kEventStream), std::string::npos) << said;
    EXPECT_NE(said.find("other.attacker.>"), std::string::npos) << said;
  }
  const auto ours = subscribe(*first);  // nothing was taken from it
  EXPECT_EQ(number_of(take(*ours, 1)[0]), 1);
}

TEST_F(NatsBusThreads, LeavesToAnotherPrefixWhatIsNotItsOwn) {
  // As an administrator could: a PUB takes a subject for the answer behind its own.
  server_.publish("$JS.API.STREAM.CREATE.DECNET_EVENTS answer",
                  R"({"name":"DECNET_EVENTS","storage":"file","retention":"limits","subjects":)"
                  R"(["*.attacker.>","*.identity.>","*.credential.>","*.email.>","*.canary.>"]})");
  server_.publish("$JS.API.STREAM.CREATE.DECNET_TTP answer",
                  R"({"name":"DECNET_TTP","storage":"file","retention":"limits","subjects":)"
                  R"(["*.ttp.>"]})");
  const auto open = [&](std::string prefix) {
    auto bus = *open_nats_bus({.url = server_.url(),
                               .prefix = std::move(prefix),
                               .create_streams = false,
                               .ack_wait = milliseconds{200}});
    EXPECT_TRUE(eventually([&] { return bus->state().link == Link::kConnected; }));
    return bus;
  };
  const auto first = open("decnet");
  const auto other = open("others");  // as long, so that only the name tells them apart
  ASSERT_TRUE(eventually([&] { return publish(*other, 7); }));
  ASSERT_TRUE(publish(*first, 1));
  const auto subscription = subscribe(*first);
  const auto ours = take(*subscription, 1);
  EXPECT_EQ(number_of(ours[0]), 1);
  subscription->acknowledge(ours);
  EXPECT_TRUE(subscription->next(1, kTurn).empty());
  EXPECT_EQ(subscription->counters().undecodable, 0U);
  const auto theirs = subscribe(*other);
  EXPECT_EQ(number_of(take(*theirs, 1)[0]), 7);
}

TEST(NatsBusLimitsThreads, RefusesWhatTheServerNeverTakes) {
  constexpr std::size_t kServerTakes = 2000;
  const decnet::test::TempDir dir;
  test::NatsServer server(dir.path(), "max_payload: 2000\n");
  ASSERT_TRUE(server.start()) << "is nats-server installed?";
  const auto bus = *open_nats_bus({.url = server.url()});
  ASSERT_TRUE(eventually([&] { return bool(bus->publish(event("attacker.x"))); }));
  for (const char* topic : {"attacker.x", "system.x"}) {
    const auto of_size = [&](std::size_t size) {
      Envelope envelope = event(topic);
      envelope.payload.set("text", "");
      envelope.payload.set("text", std::string(size - encode(envelope).size(), 'x'));
      return envelope;
    };
    for (const std::size_t size : {kServerTakes + 1, 10 * kServerTakes}) {
      const auto published = bus->publish(of_size(size));
      ASSERT_FALSE(published) << topic;
      EXPECT_EQ(published.error().code, ErrorCode::kInvalid) << published.error().message;
      for (const std::size_t figure : {size, kServerTakes}) {
        EXPECT_NE(published.error().message.find(std::to_string(figure)), std::string::npos)
            << published.error().message;
      }
    }
    EXPECT_TRUE(bus->publish(of_size(kServerTakes - 100))) << topic;
  }
  // The id of what a stream stores travels in a header, and counts.
  Envelope envelope = event("attacker.x");
  envelope.payload.set("text", "");
  envelope.payload.set("text", std::string(kServerTakes - encode(envelope).size(), 'x'));
  const auto published = bus->publish(envelope);
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().code, ErrorCode::kInvalid) << published.error().message;
  EXPECT_EQ(bus->state().link, Link::kConnected);
  EXPECT_TRUE(bus->publish(event("attacker.x")));
}

TEST_F(NatsBusThreads, RefusesFilesItCannotRead) {
  EXPECT_FALSE(open_nats_bus({.url = server_.url(), .credentials = "/nonexistent.creds"}));
}

}  // namespace
}  // namespace decnet::bus
