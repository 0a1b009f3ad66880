#include "decnet/lifters/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

using testing::SizeIs;

std::string copied(const Json& payload, std::initializer_list<std::string_view> keys) {
  Evidence evidence;
  for (const std::string_view key : keys) evidence.copy(payload, key);
  evidence.mark_truncated();
  return evidence.take().dump();
}

TEST(Evidence, CopiesWhatIsThereNullIncluded) {
  const Json payload = test::json(R"({"a":1,"b":null,"c":{"d":[true,"x"]},"e":0.5})");
  EXPECT_EQ(copied(payload, {"c", "b", "absent", "a"}), R"({"c":{"d":[true,"x"]},"b":null,"a":1})");
  EXPECT_EQ(copied(payload, {}), "{}");
  EXPECT_EQ(copied(Json(5), {"a"}), "{}");
}

TEST(Evidence, LongTextIsCutBetweenCharactersAndMarked) {
  std::string text;
  for (std::size_t i = 0; i < kMaxEvidenceCharacters; ++i) text += "\xC3\xA9";
  EXPECT_EQ(copied(Json::object({{"a", text}}), {"a"}), "{\"a\":\"" + text + "\"}");
  EXPECT_EQ(copied(Json::object({{"a", text + "\xC3\xA9"}, {"b", "c"}}), {"a", "b"}),
            "{\"a\":\"" + text + R"(","b":"c","evidence_truncated":["a"]})");
}

TEST(Evidence, NestedValuesAreCutTogether) {
  Json::Array lists(100'000, Json::array({}));
  const Json kept = test::json(copied(Json::object({{"a", Json(std::move(lists))}}), {"a"}));
  EXPECT_THAT(*kept.find("a")->array(), SizeIs(kMaxEvidenceCharacters));
  EXPECT_EQ(kept.find("evidence_truncated")->dump(), R"(["a"])");

  const Json headers = Json::object({{"x", std::string(4090, 'x')}, {"yyyyyyyyyy", "z"}});
  EXPECT_EQ(
      copied(Json::object({{"h", headers}}), {"h"}),
      "{\"h\":{\"x\":\"" + std::string(4090, 'x') + R"(","yyy":""},"evidence_truncated":["h"]})");
}

TEST(EvidenceProperty, NoPayloadIsKeptBeyondItsBound) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& texts) {
    Json value;
    for (int depth = *rc::gen::inRange(0, 5); depth > 0; --depth) {
      Json::Array elements;
      for (const std::string& text : texts) {
        elements.emplace_back(std::string(500, 'x'));
        elements.push_back(Json::object({{to_valid_utf8(text), value}}));
      }
      value = std::move(elements);
      if (value.dump().size() > 50'000) break;
    }
    const std::string kept = copied(Json::object({{"a", value}}), {"a"});
    RC_ASSERT(kept.size() < 10 * kMaxEvidenceCharacters);
  }));
}

struct AllowCase {
  std::string kind;
  std::string allowed;
  std::string refused;
};

class AllowLists : public testing::TestWithParam<AllowCase> {};

TEST_P(AllowLists, OffendingKeysGoAndTheTagsStay) {
  const auto& [kind, allowed, refused] = GetParam();
  const auto rules =
      test::rule_set({test::rule("R1", "[" + kind + "]", "{kind: 'lifter:intel_x'}")});
  Json evidence = Json::object({{refused, "secret"}, {allowed, 1}});
  DroppedKeys dropped;
  const log::Capture log;
  keep_allowed(evidence, kind, *rules->rules()[0], dropped);
  keep_allowed(evidence, kind, *rules->rules()[0], dropped);
  EXPECT_EQ(evidence.dump(), "{\"" + allowed + "\":1}");
  ASSERT_THAT(log.records(), SizeIs(1));
  EXPECT_EQ(log.records()[0].level, log::Level::kWarning);
  EXPECT_EQ(log.records()[0].message, "rule R1: evidence of kind " + kind + " may not keep " +
                                          refused + "; left out of its tags");
}

INSTANTIATE_TEST_SUITE_P(Kind, AllowLists,
                         testing::ValuesIn(std::vector<AllowCase>{
                             {"intel", "abuse_confidence_score", "password"},
                             {"email", "matched_url_host", "subject"},
                             {"canary_fingerprint", "matched_signature", "canvas_hash"},
                             {"http_fingerprint", "seen_at", "ja4h"},
                             {"ipv6_leak", "attacker_v4", "src_ip"},
                             {"command", "matched_tokens", "command_text"},
                             {"auth_attempt", "username", "password"},
                             {"session", "anything", "password"},
                         }),
                         [](const auto& row) { return row.param.kind; });

TEST(AllowListsOfAllKinds, AreComplete) {
  const auto size = [](std::string_view kind) -> std::size_t {
    const auto keys = allowed_evidence(kind);
    return keys ? keys->size() : 0;
  };
  EXPECT_EQ(size("intel"), 18U);
  EXPECT_EQ(size("email"), 12U);
  EXPECT_EQ(size("canary_fingerprint"), 2U);
  EXPECT_EQ(size("http_fingerprint"), 6U);
  EXPECT_EQ(size("ipv6_leak"), 7U);
  EXPECT_EQ(size("command"), 2U);
  for (const char* open : {"session", "http_request", "auth_attempt", "credential", "identity",
                           "payload", "no kind"}) {
    EXPECT_FALSE(allowed_evidence(open)) << open;
  }
}

TEST(DroppedKeys, SaysEachRuleAndKeyOnceAndStopsSomewhere) {
  const log::Capture log;
  DroppedKeys dropped;
  for (int i = 0; i < 3; ++i) {
    dropped.say(RuleId("R1"), "email", "a");
    dropped.say(RuleId("R1"), "email", "b");
    dropped.say(RuleId("R2"), "email", "a");
  }
  EXPECT_THAT(log.records(), SizeIs(3));
  for (int i = 0; i < 10'000; ++i) dropped.say(RuleId("R3"), "email", std::to_string(i));
  EXPECT_THAT(log.records(), SizeIs(4096));
}

struct TimeCase {
  std::string name;
  std::string payload;
  std::string time;  // empty for none
};

class EventTimes : public testing::TestWithParam<TimeCase> {};

TEST_P(EventTimes, AreReadFromThePayload) {
  const auto time = event_time(test::json(GetParam().payload));
  EXPECT_EQ(time ? to_iso_text(*time) : "", GetParam().time);
}

INSTANTIATE_TEST_SUITE_P(
    Payload, EventTimes,
    testing::ValuesIn(std::vector<TimeCase>{
        {"Iso", R"({"ts":"2026-04-25T06:23:30.5Z"})", "2026-04-25T06:23:30.500000+00:00"},
        {"Zone", R"({"timestamp":"2026-04-25 08:23:30+02:00"})", "2026-04-25T06:23:30+00:00"},
        {"ObservedAt", R"({"observed_at":"2026-04-25T06:23:30"})", "2026-04-25T06:23:30+00:00"},
        {"OccurredAt", R"({"occurred_at":"2026-04-25T06:23:30"})", "2026-04-25T06:23:30+00:00"},
        {"FirstThatIsATime",
         R"({"ts":"soon","timestamp":null,"occurred_at":"2026-04-25 06:23:30"})",
         "2026-04-25T06:23:30+00:00"},
        {"TsBeforeTimestamp", R"({"timestamp":"2025-01-01 00:00:00","ts":"2026-01-01 00:00:00"})",
         "2026-01-01T00:00:00+00:00"},
        {"Seconds", R"({"ts":1777098210})", "2026-04-25T06:23:30+00:00"},
        {"Fraction", R"({"ts":1777098210.25})", "2026-04-25T06:23:30.250000+00:00"},
        {"Milliseconds", R"({"ts":1777098210250})", "2026-04-25T06:23:30.250000+00:00"},
        {"Absent", R"({"at":"2026-04-25T06:23:30Z"})", ""},
        {"Negative", R"({"ts":-1})", ""},
        {"Huge", R"({"ts":1e300})", ""},
        {"Boolean", R"({"ts":true})", ""},
        {"List", R"({"ts":[1777098210]})", ""},
        {"NoObject", "[]", ""},
    }),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet::lifters
