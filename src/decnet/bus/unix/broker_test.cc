// The broker: who hears what, and how it ends.
#include "decnet/bus/unix/broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/bus/unix/broker_testing.h"

namespace decnet::bus {
namespace {

using namespace broker_test;  // NOLINT(google-build-using-namespace): it is made for this

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
  const auto last = slow.event();
  ASSERT_TRUE(last) << "ended without a word";
  EXPECT_EQ(last->header, "BYE");
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
}  // namespace
}  // namespace decnet::bus
