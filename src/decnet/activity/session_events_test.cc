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

TEST(SessionEntries, KeepsTheNewestOfABoundedNumber) {
  SessionEntries entries;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(entries.add(i), i < 256 ? 0U : 1U) << i;
  }
  ASSERT_THAT(entries.all(), SizeIs(SessionEntries::kMaxCount));
  EXPECT_EQ(entries.all().front(), Json(44));
  EXPECT_EQ(entries.take().back(), Json(299));
  EXPECT_THAT(entries.all(), SizeIs(0));
  EXPECT_EQ(entries.bytes(), 0U);
}

TEST(SessionEntries, CountsWhatTheyTakeInAMessage) {
  SessionEntries entries;
  std::size_t out = 0;
  for (int i = 0; i < 100; ++i) out += entries.add(std::string(1024, '\x01'));
  EXPECT_EQ(entries.all().size(), SessionEntries::kMaxBytes / (6 * 1024 + 3));
  EXPECT_EQ(entries.all().size() + out, 100U);
  EXPECT_EQ(entries.bytes(), Json(entries.all()).dump().size() - 1);
  EXPECT_EQ(entries.add(std::string(SessionEntries::kMaxBytes, 'x')), 101 - out)
      << "what has no room by itself is left out too";
  EXPECT_EQ(entries.bytes(), 0U);
}

}  // namespace
}  // namespace decnet::activity
