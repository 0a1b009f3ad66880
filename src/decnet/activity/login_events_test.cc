#include "decnet/activity/login_events.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace decnet::activity {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Begins a window.
constexpr UtcTime kStart{std::chrono::seconds{1'772'700'000}};

storage::ObservedLogin login(int second, std::string user, std::string password,
                             bool success = false, std::string service = "ssh") {
  return {fmt::format("{}|{}|{}|{}", second, user, password, service),
          kStart + std::chrono::seconds{second},
          "s1",
          "trap",
          std::move(service),
          std::move(user),
          std::move(password),
          success};
}

std::vector<Event> events_of(const std::vector<storage::ObservedLogin>& logins) {
  LoginEvents windows({"a-1", "i-1"});
  std::vector<Event> events;
  for (const auto& each : logins) (void)windows.add(each, events);
  windows.finish(events);
  return events;
}

// Payloads, without service and time, of the events that have that key.
std::vector<std::string> payloads(const std::vector<Event>& events, std::string_view key) {
  std::vector<std::string> found;
  for (const Event& event : events) {
    if (event.payload.find(key) == nullptr) continue;
    Json::Object kept;
    for (const auto& [name, value] : *event.payload.object()) {
      if (name != "service" && name != "ts") kept.emplace_back(name, value);
    }
    found.push_back(Json(kept).dump());
  }
  return found;
}

TEST(LoginEvents, CountFailuresWithinFiveMinutes) {
  const auto events = events_of({login(0, "root", "a"), login(60, "root", "b"),
                                 login(61, "admin", "c"), login(62, "root", "d", true)});
  EXPECT_THAT(payloads(events, "fail_count"), ElementsAre(R"({"fail_count":3})"));
  for (const Event& event : events) {
    EXPECT_EQ(event.source_kind, "auth_attempt");
    EXPECT_EQ(event.attacker_uuid, "a-1");
    EXPECT_EQ(event.identity_uuid, "i-1");
    EXPECT_EQ(event.decky_id, "trap");
    EXPECT_EQ(*event.payload.find("service"), Json("ssh"));
  }
}

TEST(LoginEvents, CountAcrossTheEdgeOfAWindow) {
  // Three at the end of one window and two at the beginning of the next: five within a minute.
  const auto events = events_of({login(290, "r", "a"), login(295, "r", "b"), login(299, "r", "c"),
                                 login(301, "r", "d"), login(310, "r", "e")});
  EXPECT_THAT(payloads(events, "fail_count"),
              ElementsAre(R"({"fail_count":3})", R"({"fail_count":5})"));
}

TEST(LoginEvents, ForgetWhatIsOlderThanFiveMinutes) {
  const auto events = events_of({login(0, "r", "a"), login(1, "r", "b"), login(590, "r", "c")});
  EXPECT_THAT(payloads(events, "fail_count"),
              ElementsAre(R"({"fail_count":2})", R"({"fail_count":1})"));
}

TEST(LoginEvents, CountPasswordsOfEachAccount) {
  const auto events =
      events_of({login(0, "root", "a"), login(1, "root", "a"), login(2, "root", "b"),
                 login(3, "admin", "a"), login(4, "root", "c", true)});
  EXPECT_THAT(payloads(events, "password_count"),
              ElementsAre(R"({"username":"admin","password_count":1})",
                          R"({"username":"root","password_count":3})"));
}

TEST(LoginEvents, TellAPairOnceInAWindow) {
  const auto events =
      events_of({login(0, "pi", "raspberry"), login(1, "pi", "raspberry"), login(2, "root", "")});
  EXPECT_THAT(payloads(events, "password"),
              ElementsAre(R"({"username":"pi","password":"raspberry"})",
                          R"({"username":"root","password":""})"));
}

TEST(LoginEvents, ServicesAndDecoysAreToldApart) {
  const auto events = events_of({login(0, "r", "a"), login(1, "r", "a", false, "telnet")});
  EXPECT_THAT(payloads(events, "fail_count"),
              ElementsAre(R"({"fail_count":1})", R"({"fail_count":1})"));
}

struct Brute {
  std::string name;
  std::vector<storage::ObservedLogin> before;
  LoginOutcome outcome;
};
class Successes : public testing::TestWithParam<Brute> {};

TEST_P(Successes, KnowWhatCameBefore) {
  LoginEvents windows({"a-1", std::nullopt});
  std::vector<Event> events;
  for (const auto& each : GetParam().before) (void)windows.add(each, events);
  EXPECT_EQ(windows.add(login(3600, "root", "x", true), events), GetParam().outcome);
  windows.finish(events);
  const bool brute = GetParam().outcome == LoginOutcome::kSuccessAfterBrute;
  EXPECT_THAT(payloads(events, "result"),
              ElementsAre(fmt::format(
                  R"({{"result":"success","username":"root","prior_brute":{}}})", brute)));
}

INSTANTIATE_TEST_SUITE_P(
    Before, Successes,
    testing::ValuesIn(std::vector<Brute>{
        {"Nothing", {}, LoginOutcome::kSuccess},
        {"TwoSlips", {login(3590, "root", "a"), login(3595, "root", "b")}, LoginOutcome::kSuccess},
        {"Three",
         {login(3580, "root", "a"), login(3590, "root", "b"), login(3595, "root", "c")},
         LoginOutcome::kSuccessAfterBrute},
        {"ThreeWithinTheHour",
         {login(0, "root", "a"), login(1, "root", "b"), login(2, "root", "c")},
         LoginOutcome::kSuccessAfterBrute},
        {"OneOlder",
         {login(-1, "root", "a"), login(1, "root", "b"), login(2, "root", "c")},
         LoginOutcome::kSuccess},
        {"AtAnotherService",
         {login(3580, "root", "a", false, "telnet"), login(3590, "root", "b", false, "telnet"),
          login(3595, "root", "c", false, "telnet")},
         LoginOutcome::kSuccess},
    }),
    [](const auto& row) { return row.param.name; });

TEST(LoginEvents, IdsAreOfTheWindowNotOfWhatIsKnownOfIt) {
  const auto few = events_of({login(0, "r", "a")});
  const auto many = events_of({login(0, "r", "a"), login(5, "r", "b")});
  std::set<std::string> ids;
  for (const Event& event : many) ids.insert(event.source_id);
  EXPECT_EQ(ids.size(), many.size());
  for (const Event& event : few) EXPECT_TRUE(ids.contains(event.source_id));
}

// The counts, the slow way.
TEST(LoginEvents, AgreeWithCountingAgain) {
  EXPECT_TRUE(rc::check([] {
    auto seconds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1500));
    std::sort(seconds.begin(), seconds.end());
    std::vector<storage::ObservedLogin> logins;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      logins.push_back(login(seconds[i], "r", fmt::format("{}", i % 4), i % 3 == 0));
    }
    for (const Event& event : events_of(logins)) {
      const Json* counted = event.payload.find("fail_count");
      if (counted == nullptr) continue;
      const auto at = parse_time(*event.payload.find("ts")->string()).value();
      const auto in_time = [&](const auto& each) {
        return !each.success && each.time <= at && each.time >= at - kLoginWindow;
      };
      // Logins of one second come one after the other: at the last of them all are counted.
      RC_ASSERT(*counted->integer() <= std::count_if(logins.begin(), logins.end(), in_time));
      RC_ASSERT(*counted->integer() >= 1);
    }
  }));
}

TEST(LoginEvents, AFloodIsBounded) {
  LoginEvents windows({"a-1", std::nullopt});
  std::vector<Event> events;
  for (int i = 0; i < 70'000; ++i) {
    (void)windows.add(login(10, fmt::format("u{}", i), "x"), events);
  }
  windows.finish(events);
  EXPECT_LE(payloads(events, "password").size(), LoginEvents::kMaxRecent);
  EXPECT_THAT(payloads(events, "fail_count"), SizeIs(1));
}

}  // namespace
}  // namespace decnet::activity
