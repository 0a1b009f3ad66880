// The bus on a real NATS server: what JetStream keeps, what is refused, and who is let in.
#include "decnet/bus/nats/nats_bus.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "decnet/base/limited_warning.h"
#include "decnet/base/log.h"
#include "decnet/bus/bus_testing.h"
#include "decnet/bus/nats/nats_operator.h"
#include "decnet/bus/nats/nats_server.h"
#include "tests/process.h"
#include "tests/test_main.h"

namespace decnet::bus {
namespace {

using std::chrono::milliseconds;
using test::event;
using test::eventually;
using test::kTurn;
using test::number_of;

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

TEST_F(NatsBusThreads, DeliversWhatIsNoEnvelopeAsSuch) {
  const auto bus = connect();
  const auto subscription = subscribe(*bus);
  ASSERT_TRUE(eventually([&] { return publish(*bus, 1); }));  // the stream is there
  server_.publish("decnet.attacker.x", "no \xFF envelope");
  server_.publish("decnet.attacker.y", std::string(kMaxDamagedBytes + 1, '['));
  server_.publish("decnet.email.x", "nobody subscribed to it");
  ASSERT_TRUE(publish(*bus, 2));
  const auto deliveries = take(*subscription, 4);
  EXPECT_EQ(number_of(deliveries[0]), 1);
  EXPECT_EQ(number_of(deliveries[3]), 2);
  EXPECT_EQ(subscription->counters().undecodable, 3U);
  for (const std::size_t good : {0U, 3U}) EXPECT_EQ(deliveries[good].damage, "");
  for (const std::size_t bad : {1U, 2U}) {
    EXPECT_NE(deliveries[bad].damage, "");
    EXPECT_EQ(deliveries[bad].envelope.id, "");
  }
  EXPECT_EQ(deliveries[1].envelope.topic, "attacker.x");
  EXPECT_EQ(deliveries[1].envelope.payload.dump(),
            "{\"undecodable\":\"no \xEF\xBF\xBD envelope\",\"bytes\":13}");
  EXPECT_EQ(deliveries[2].envelope.payload.find("undecodable")->string()->size(), kMaxDamagedBytes);
  EXPECT_EQ(*deliveries[2].envelope.payload.find("bytes")->integer(), kMaxDamagedBytes + 1);
  subscription->acknowledge(deliveries);
  EXPECT_TRUE(subscription->next(1, kTurn).empty());
}

TEST_F(NatsBusThreads, AFloodOfWhatIsNoEnvelopeDoesNotFillTheLog) {
  const log::Capture log;
  const auto bus = connect();
  const std::vector<std::string> patterns{"system.>"};
  const auto subscription = *bus->subscribe(patterns, "");
  for (int i = 0; i < 50; ++i) server_.publish("decnet.system.x", "no envelope");
  EXPECT_TRUE(eventually([&] { return subscription->counters().undecodable == 50; }));
  std::size_t warnings = 0;
  for (const auto& record : log.records()) warnings += record.level == log::Level::kWarning ? 1 : 0;
  EXPECT_EQ(warnings, std::size_t{log::LimitedWarning::kAtOnce});
}

TEST_F(NatsBusThreads, MakesAgainWhatSomebodyDeletes) {
  const auto bus = *open_nats_bus({.url = server_.url(), .look_again = milliseconds{100}});
  const auto subscription = subscribe(*bus);
  ASSERT_TRUE(eventually([&] { return publish(*bus, 1); }));
  subscription->acknowledge(take(*subscription, 1));
  const std::vector<std::string> deleted = {"$JS.API.CONSUMER.DELETE.DECNET_EVENTS.decnet-ttp",
                                            "$JS.API.STREAM.DELETE.DECNET_EVENTS"};
  // While it waits for events, and while it does not.
  for (const bool waits : {true, false}) {
    for (std::size_t i = 0; i < deleted.size(); ++i) {
      std::thread deleting([&] { server_.publish(deleted[i] + " answer", ""); });
      if (waits) {
        (void)subscription->next(1, milliseconds{300});
        deleting.join();
      } else {
        deleting.join();
      }
      const int number = (waits ? 10 : 20) + static_cast<int>(i);
      ASSERT_TRUE(eventually([&] { return publish(*bus, number); })) << deleted[i];
      // A new consumer begins with what the stream still holds.
      ASSERT_TRUE(eventually([&] {
        const auto deliveries = subscription->next(10, kTurn);
        subscription->acknowledge(deliveries);
        return std::any_of(deliveries.begin(), deliveries.end(),
                           [&](const Delivery& d) { return number_of(d) == number; });
      })) << deleted[i]
          << " " << bus->state().last_error;
    }
  }
  EXPECT_EQ(bus->state().reconnects, 0U);
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

// Passwords and events must not go in the clear because of a letter in a URL.
TEST(NatsBusTlsThreads, CertificatesMeanTlsWhateverTheUrlSays) {
  const decnet::test::TempDir dir;
  const auto made = decnet::test::run(
      {.arguments = {"/bin/sh", "-c",
                     "openssl req -x509 -newkey ed25519 -nodes -days 2 -subj /CN=localhost "
                     "-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem"},
       .directory = dir.path()});
  ASSERT_EQ(made.exit_code, 0) << "is openssl installed? " << made.err;
  const std::string key = (dir.path() / "key.pem").string();
  const std::string certificate = (dir.path() / "cert.pem").string();
  const auto url = [](const test::NatsServer& server) {
    std::string text = server.url();
    return text.replace(text.find("127.0.0.1"), 9, "localhost");
  };

  const log::Capture log;
  test::NatsServer guarded(
      dir.path(), fmt::format("tls {{ cert_file: \"{}\", key_file: \"{}\" }}\n", certificate, key));
  ASSERT_TRUE(guarded.start()) << "is nats-server installed?";
  const auto bus = *open_nats_bus({.url = url(guarded), .ca = certificate});
  EXPECT_TRUE(eventually([&] { return bus->state().link == Link::kConnected; }))
      << bus->state().last_error;
  EXPECT_EQ(log.records().front().message,
            "nats: TLS, as certificates are named (tls:// in the URL says it too)");
  guarded.kill();

  test::NatsServer open(dir.path());
  ASSERT_TRUE(open.start());
  const auto refusing = *open_nats_bus({.url = url(open), .ca = certificate});
  EXPECT_EQ(refusing->state().link, Link::kReconnecting);
  EXPECT_NE(refusing->state().last_error, "");
}

TEST(NatsBusCredentialsThreads, LetsInWhoeverTheOperatorVouchesFor) {
  const decnet::test::TempDir dir;
  const test::NatsOperator made = test::make_nats_operator();
  test::NatsServer server(dir.path(), made.server_settings);
  ASSERT_TRUE(server.start()) << "is nats-server installed?";
  const auto known = dir.write("known.creds", made.credentials);
  const auto strange = dir.write("strange.creds", made.stranger);
  const auto bus = *open_nats_bus({.url = server.url(), .credentials = known});
  ASSERT_TRUE(eventually([&] { return bool(bus->publish(event("attacker.x", 1))); }))
      << bus->state().last_error;
  const std::vector<std::string> patterns{"attacker.>"};
  const auto subscription = *bus->subscribe(patterns, "decnet-ttp");
  EXPECT_TRUE(eventually([&] { return !subscription->next(1, kTurn).empty(); }));
  for (const auto& credentials : {strange, std::filesystem::path()}) {
    const auto refused = *open_nats_bus({.url = server.url(), .credentials = credentials});
    EXPECT_EQ(refused->state().link, Link::kReconnecting);
    EXPECT_NE(refused->state().last_error.find("Authorization Violation"), std::string::npos)
        << refused->state().last_error;
  }
}

}  // namespace
}  // namespace decnet::bus
