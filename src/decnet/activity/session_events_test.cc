#include "decnet/activity/session_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::activity {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Event session(Json payload) {
  return event_of(SourceKind::kSession, "s1", {"a-1", std::nullopt}, "s1", "trap",
                  std::move(payload));
}

TEST(SessionEvents, AFileEachIsAnEventOfItsOwn) {
  const auto events = session_events(session(Json::object(
      {{"commands", Json::array({"cat .env", Json::object({{"command_text", "cat /x/.ssh/id_rsa"}}),
                                 5, "cat .env"})},
       {"ended_at", "2026-03-05T10:11:12+00:00"}})));
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].source_id, "s1");
  EXPECT_EQ(*events[0].payload.find("matched_path"), Json(".env"));
  EXPECT_EQ(events[1].source_id, "s1#file:/x/.ssh/id_rsa");
  EXPECT_EQ(events[1].session_id, "s1");
  EXPECT_EQ(events[1].payload.dump(),
            R"({"matched_path":"/x/.ssh/id_rsa","ts":"2026-03-05T10:11:12+00:00"})");
}

TEST(SessionEvents, ASessionWithoutCommandsIsItself) {
  const Event plain = session(Json::object({{"service", "ssh"}}));
  EXPECT_THAT(session_events(plain), ElementsAre(plain));
}

TEST(SessionEvents, EntriesHoldNoPassword) {
  const storage::ObservedLogin login{"l", UtcTime{}, "s1", "trap", "ssh", "root", "s3cr3t", true};
  EXPECT_EQ(session_login(login, LoginOutcome::kSuccessAfterBrute).dump(),
            R"({"outcome":"success_after_brute","username":"root",)"
            R"("ts":"1970-01-01T00:00:00+00:00"})");
  const storage::ObservedEvent transfer{
      "t",       SourceKind::kPayload,
      UtcTime{}, "s1",
      "trap",    Json::object({{"transfer", "upload"}, {"payload_text", std::string(5000, 'x')}})};
  EXPECT_EQ(session_transfer(transfer).find("payload_text")->string()->size(), 1024U);
}

}  // namespace
}  // namespace decnet::activity
