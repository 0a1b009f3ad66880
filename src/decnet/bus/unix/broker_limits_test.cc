// The broker: slow peers, hostile ones, and too many.
#include "decnet/bus/unix/broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>

#include "decnet/base/log.h"
#include "decnet/bus/unix/broker_testing.h"

namespace decnet::bus {
namespace {

using namespace broker_test;  // NOLINT(google-build-using-namespace): it is made for this

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

// What fills the room last is of other topics than what gives way.
TEST_F(BrokerThreads, NamesTheTopicOfWhatItDropped) {
  const log::Capture capture;
  start({.socket = {}, .max_total_bytes = 2 << 20});
  RawClient slow(socket_);
  slow.send(frame("HELLO slow") + frame("SUB early.*"));
  sync(slow);
  RawClient other(socket_);
  other.send(frame("HELLO other") + frame("SUB late.*"));
  sync(other);
  RawClient publisher(socket_);
  const std::string body = R"({"payload":{"x":")" + std::string(100'000, 'x') + "\"}}";
  for (int i = 0; i < 15; ++i) publisher.send(frame("PUB early.one", body));
  for (int i = 0; i < 15; ++i) publisher.send(frame("PUB late.one", body));
  sync(publisher);
  stop();
  std::vector<std::string> of_slow;
  for (const auto& record : capture.records()) {
    if (record.message.find("(slow) is too slow") == std::string::npos) continue;
    of_slow.push_back(record.message);
  }
  EXPECT_THAT(of_slow,
              testing::ElementsAre(testing::HasSubstr("dropped, the first on early.one;")));
}

// A frame that is half on its way cannot give way: whoever leaves it so does.
TEST_F(BrokerThreads, EndsThoseThatStandStillInsideAFrameWhenThereIsNoRoom) {
  constexpr std::int64_t kTotal = 4 << 20;
  start({.socket = {}, .max_total_bytes = kTotal});
  constexpr int kStuck = 12;
  const std::string body = R"({"payload":{"x":")" + std::string(900'000, 'x') + "\"}}";
  RawClient publisher(socket_);
  std::vector<std::unique_ptr<RawClient>> stuck;
  for (int i = 0; i < kStuck; ++i) {
    const std::string topic = "only." + std::to_string(i);
    stuck.push_back(std::make_unique<RawClient>(socket_));
    stuck.back()->send(frame("HELLO stuck") + frame("SUB " + topic));
    sync(*stuck.back());
    publisher.send(frame("PUB " + topic, body));
    sync(publisher);
    EXPECT_LE(integer(health([](const Json&) { return true; }), "queued_bytes"), kTotal);
  }
  // Each ended lost the one event that waited for it; nobody else lost any.
  const BrokerCounters counters = broker_->counters();
  EXPECT_GE(counters.broken, 8U);
  EXPECT_LT(counters.broken, static_cast<std::uint64_t>(kStuck));
  EXPECT_EQ(counters.dropped, counters.broken);
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

// Even where all lost something, and all are named by what takes most room in JSON.
TEST_F(BrokerThreads, LongNamesDoNotSilenceTheHeartbeat) {
  constexpr int kClients = 400;
  start({.socket = {}, .max_queued_frames = 1});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<RawClient>(socket_));
    clients.back()->send(frame("HELLO " + std::to_string(i) + std::string(4000, '\x01')) +
                         frame("HELLO") + frame("SUB flood"));
    sync(*clients.back());
  }
  RawClient publisher(socket_);  // (The queue of who hears heartbeats is as short: no sync() now.)
  for (int i = 0; i < 5; ++i) {
    publisher.send(frame("PUB flood", R"({"payload":{"x":")" + std::string(200'000, 'x') + "\"}}"));
  }
  const Json told = health([](const Json& p) {
    return p.find("dropped_by_subscriber")->object()->size() == std::size_t{kClients};
  });
  EXPECT_LT(told.dump().size(), std::size_t{kClients} * 1000);
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
}  // namespace
}  // namespace decnet::bus
