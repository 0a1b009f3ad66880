#include "decnet/worker/broker_losses.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace decnet::worker {
namespace {

Json heartbeat(int pid, double uptime, const char* living, const char* by_name) {
  return *Json::parse(
      fmt::format(R"({{"pid":{},"uptime_sec":{},"dropped":999,"dropped_by_subscriber":{})"
                  R"(,"dropped_by_client":{}}})",
                  pid, uptime, living, by_name));
}

TEST(BrokerLosses, AreThoseOfWorkersAlone) {
  BrokerLosses losses;
  EXPECT_EQ(losses.hear(heartbeat(7, 10, "{}", "{}")), 0U);
  EXPECT_EQ(losses.hear(heartbeat(7, 20, R"({"3 ttp":5,"4 api":9})", R"({"api":9,"ttp":5})")), 5U);
  EXPECT_EQ(losses.hear(heartbeat(7, 30, R"({"3 ttp":5})", R"({"api":99,"ttp":5})")), 0U);
  EXPECT_EQ(losses.hear(heartbeat(7, 40, R"({"3 ttp":8})", R"({"api":99,"ttp":8})")), 3U);
}

TEST(BrokerLosses, OfAConnectionThatEndedAreHeardOfAfterwards) {
  BrokerLosses losses;
  EXPECT_EQ(losses.hear(heartbeat(7, 10, R"({"3 ttp":5})", R"({"ttp":5})")), 5U);
  EXPECT_EQ(losses.hear(heartbeat(7, 99, "{}", R"({"ttp":1205})")), 1200U);
  EXPECT_EQ(losses.hear(heartbeat(7, 109, R"({"8 ttp":1})", R"({"ttp":1206})")), 1U);
}

TEST(BrokerLosses, FromBeforeWeCameAreNotOurs) {
  BrokerLosses losses;
  EXPECT_EQ(losses.hear(heartbeat(7, 9999, R"({"8 ttp":2})", R"({"ttp":700})")), 2U);
  EXPECT_EQ(losses.hear(heartbeat(7, 10009, R"({"8 ttp":3})", R"({"ttp":701})")), 1U);
}

TEST(BrokerLosses, OfAnotherBrokerBeginAtNothing) {
  BrokerLosses losses;
  EXPECT_EQ(losses.hear(heartbeat(7, 100, "{}", R"({"ttp":0})")), 0U);
  EXPECT_EQ(losses.hear(heartbeat(7, 110, "{}", R"({"ttp":50})")), 50U);
  EXPECT_EQ(losses.hear(heartbeat(8, 120, "{}", R"({"ttp":60})")), 60U) << "another process";
  EXPECT_EQ(losses.hear(heartbeat(8, 5, "{}", R"({"ttp":70})")), 70U) << "of the same number";
  EXPECT_EQ(losses.hear(heartbeat(8, 15, "{}", "{}")), 0U);
}

TEST(BrokerLosses, ABrokerThatTellsOfLivingConnectionsAloneIsHeardToo) {
  BrokerLosses losses;
  const auto told = [](const char* living) {
    return *Json::parse(
        fmt::format(R"({{"pid":1,"uptime_sec":1,"dropped_by_subscriber":{}}})", living));
  };
  EXPECT_EQ(losses.hear(told(R"({"3 ttp":5,"5 xttp":4})")), 5U);
  EXPECT_EQ(losses.hear(told(R"({"3 ttp":7})")), 2U);
  EXPECT_EQ(losses.hear(told("{}")), 0U);
}

// Peers that lose one event each, under ever new names, use up a broker's room for names.
TEST(BrokerLosses, OfABrokerWithoutRoomForOurNameAreThoseOfLivingConnections) {
  BrokerLosses losses;
  EXPECT_EQ(losses.hear(heartbeat(7, 10, "{}", R"x({"a":1,"(others)":1})x")), 0U);
  EXPECT_EQ(losses.hear(heartbeat(7, 20, R"({"3 ttp":5})", R"x({"a":1,"(others)":6})x")), 5U);
  EXPECT_EQ(losses.hear(heartbeat(7, 30, R"({"3 ttp":7})", R"x({"a":1,"(others)":8})x")), 2U);
}

// Anybody may publish a heartbeat.
TEST(BrokerLosses, NonsenseIsNothing) {
  for (const char* payload :
       {"{}", R"({"pid":1,"uptime_sec":2,"ts":3})", R"({"dropped_by_client":7})",
        R"({"dropped_by_client":{"ttp":"many"},"pid":"x","uptime_sec":[]})",
        R"({"dropped_by_client":{"ttp":-5},"pid":-1,"uptime_sec":-1})",
        R"({"dropped_by_subscriber":[1],"pid":1e300,"uptime_sec":1e300})"}) {
    BrokerLosses losses;
    EXPECT_EQ(losses.hear(*Json::parse(payload)), 0U) << payload;
    EXPECT_EQ(losses.hear(*Json::parse(payload)), 0U) << payload;
  }
}

}  // namespace
}  // namespace decnet::worker
