#include "decnet/sessions/ended_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace decnet::sessions {
namespace {

const UtcTime kEnded = *parse_time("2026-03-04T10:00:41Z");
const UtcTime kNow = *parse_time("2026-03-04T10:00:42.5Z");

Json stored(const std::string& id) {
  return Json::object({{"id", id},
                       {"session_id", "s-9f01"},
                       {"decky", "web-07"},
                       {"command_text", "uname -r"},
                       {"ts", "2026-03-04T10:00:05+00:00"},
                       {"service", "ssh"}});
}

EndedSession a_session() {
  return {
      "198.51.100.23", "web-07", "s-9f01", "ssh", kEnded, 41.5, {session_command(stored("c1"))}};
}

TEST(EndedSession, IsSaidAsTheFrameworkSaysIt) {
  const auto message = session_ended(a_session(), kNow);
  EXPECT_EQ(message.topic, "attacker.session.ended");
  EXPECT_EQ(message.type, "session.ended");
  EXPECT_EQ(message.created_at, kNow);
  EXPECT_EQ(message.payload.dump(),
            R"({"session_id":"s-9f01","attacker_uuid":null,"attacker_ip":"198.51.100.23",)"
            R"("decky_id":"web-07","service":"ssh","ended_at":"2026-03-04T10:00:41+00:00",)"
            R"("duration_s":41.5,"commands":[{"id":"c1","command_text":"uname -r",)"
            R"("ts":"2026-03-04T10:00:05+00:00","decky":"web-07","service":"ssh"}],)"
            R"("shard_path":null})");
}

TEST(EndedSession, SaysWhatIsNotKnown) {
  EXPECT_EQ(session_ended({"192.0.2.7", "", "", "", kEnded, -3, {}}, kNow).payload.dump(),
            R"({"session_id":null,"attacker_uuid":null,"attacker_ip":"192.0.2.7","decky_id":"",)"
            R"("service":"","ended_at":"2026-03-04T10:00:41+00:00","duration_s":0.0,"commands":[],)"
            R"("shard_path":null})");
  EXPECT_EQ(session_command(Json::object({{"id", 7}, {"command_text", "id"}})).dump(),
            R"({"id":"","command_text":"id","ts":"","decky":"","service":""})");
}

TEST(EndedSession, ItsIdFollowsFromWhatItSays) {
  const auto id = [](const EndedSession& session) { return session_ended(session, kNow).id; };
  EXPECT_EQ(id(a_session()), session_ended(a_session(), kEnded).id);
  EXPECT_THAT(id(a_session()), testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(id(a_session()).size(), 32U);
  std::vector<EndedSession> others(6, a_session());
  others[0].ip = "198.51.100.24";
  others[1].decky = "web-0";
  others[2].id = "7s-9f01";
  others[3].ended += std::chrono::microseconds{1};
  others[4].commands.clear();
  others[5].commands.push_back(session_command(stored("c2")));
  std::set<std::string> ids = {id(a_session())};
  for (const auto& other : others) ids.insert(id(other));
  EXPECT_EQ(ids.size(), 7U);
}

}  // namespace
}  // namespace decnet::sessions
