#include "decnet/importers/cowrie_sessions.h"

#include <gtest/gtest.h>

namespace decnet::importers {
namespace {

CowrieLine line(const std::string& session, const std::string& ip = "",
                const std::string& service = "") {
  CowrieLine made;
  made.sensor = "web-1";
  made.session = session;
  made.ip = ip;
  made.service = service;
  return made;
}

CowrieLine completed(CowrieSessions& sessions, CowrieLine given) {
  sessions.complete(given);
  return given;
}

TEST(CowrieSessions, GiveLaterLinesWhatEarlierOnesSaid) {
  CowrieSessions sessions;
  completed(sessions, line("s1", "192.0.2.7"));
  completed(sessions, line("s1", "", "ssh"));
  const auto later = completed(sessions, line("s1"));
  EXPECT_EQ(later.ip, "192.0.2.7");
  EXPECT_EQ(later.service, "ssh");
}

TEST(CowrieSessions, LeaveAloneWhatALineSaysItself) {
  CowrieSessions sessions;
  completed(sessions, line("s1", "192.0.2.7", "ssh"));
  const auto own = completed(sessions, line("s1", "192.0.2.8", "telnet"));
  EXPECT_EQ(own.ip, "192.0.2.8");
  EXPECT_EQ(own.service, "telnet");
}

TEST(CowrieSessions, DoNotMixSensorsOrSessions) {
  CowrieSessions sessions;
  completed(sessions, line("s1", "192.0.2.7", "ssh"));
  EXPECT_EQ(completed(sessions, line("s2")).ip, "");
  auto elsewhere = line("s1");
  elsewhere.sensor = "web-2";
  EXPECT_EQ(completed(sessions, elsewhere).ip, "");
  EXPECT_EQ(completed(sessions, line("")).ip, "");
}

TEST(CowrieSessions, BeginAnewWhenASessionStartsAgain) {
  CowrieSessions sessions;
  completed(sessions, line("s1", "192.0.2.7", "ssh"));
  auto start = line("s1", "192.0.2.8");
  start.kind = CowrieLine::Kind::kSessionStart;
  EXPECT_EQ(completed(sessions, start).service, "");
  EXPECT_EQ(completed(sessions, line("s1")).ip, "192.0.2.8");
}

TEST(CowrieSessions, ForgetTheOldestOfManyAndKeepTheOnesInUse) {
  CowrieSessions sessions;
  completed(sessions, line("busy", "192.0.2.7", "ssh"));
  completed(sessions, line("silent", "192.0.2.7", "ssh"));
  for (int i = 0; i < 300'000; ++i) {
    completed(sessions, line(std::to_string(i), "192.0.2.8", "telnet"));
    if (i % 1000 == 0) completed(sessions, line("busy"));
    ASSERT_LE(sessions.size(), 2 * CowrieSessions::kRemembered);
  }
  EXPECT_EQ(completed(sessions, line("busy")).service, "ssh");
  EXPECT_EQ(completed(sessions, line("silent")).service, "");
  EXPECT_EQ(completed(sessions, line(std::to_string(300'000 - 1))).service, "telnet");
}

TEST(CowrieSessions, LearnWhatSomebodyElseKnows) {
  CowrieSessions sessions;
  auto before = line("s1");
  sessions.learn(before.sensor, "s1", "192.0.2.7", "telnet");
  EXPECT_EQ(completed(sessions, line("s1")).ip, "192.0.2.7");
  EXPECT_EQ(completed(sessions, line("s1")).service, "telnet");
  sessions.learn(before.sensor, "", "192.0.2.7", "telnet");
  EXPECT_EQ(sessions.size(), 1u);
}

TEST(CowrieSessions, DoNotKeepNamesThatCowrieNeverMakes) {
  CowrieSessions sessions;
  const std::string name(1 << 20, 's');
  completed(sessions, line(name, "192.0.2.7", "ssh"));
  EXPECT_EQ(completed(sessions, line(name)).ip, "");
  EXPECT_EQ(sessions.size(), 0u);
}

}  // namespace
}  // namespace decnet::importers
