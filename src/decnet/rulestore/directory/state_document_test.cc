#include "decnet/rulestore/directory/state_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/base/utf8.h"

namespace decnet::rulestore {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(StateDocument, IsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check([] {
    StateDocument document;
    document.rule = RuleId(to_valid_utf8(*rc::gen::nonEmpty<std::string>()));
    document.state.kind = *rc::gen::elementOf(std::vector{
        rules::State::Kind::kEnabled, rules::State::Kind::kDisabled, rules::State::Kind::kClipped});
    if (*rc::gen::arbitrary<bool>()) {
      document.state.confidence_max = *rc::gen::inRange(0, 1001) / 1000.0;
    }
    const auto any_time = [] {
      return UtcTime(std::chrono::microseconds(*rc::gen::inRange<std::int64_t>(0, 1LL << 52)));
    };
    if (*rc::gen::arbitrary<bool>()) document.state.expires_at = any_time();
    if (*rc::gen::arbitrary<bool>()) document.state.set_at = any_time();
    document.state.reason = to_valid_utf8(*rc::gen::arbitrary<std::string>());
    document.state.set_by = to_valid_utf8(*rc::gen::arbitrary<std::string>());
    const auto read = read_state(to_json(document));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == document);
  }));
}

TEST(StateDocument, LooksLikeThis) {
  const StateDocument document{RuleId("R1"),
                               {.kind = rules::State::Kind::kClipped,
                                .confidence_max = 0.5,
                                .expires_at = parse_time("2026-03-04 10:06:00"),
                                .reason = "\"noise\"",
                                .set_at = parse_time("2026-03-04 09:06:00.5")}};
  EXPECT_EQ(to_json(document),
            R"({"rule_id":"R1","state":"clipped","confidence_max":0.5,)"
            R"("expires_at":"2026-03-04T10:06:00+00:00","reason":"\"noise\"","set_by":null,)"
            R"("set_at":"2026-03-04T09:06:00.500000+00:00"})");
  const auto little = read_state(R"({"rule_id": "R1", "state": "enabled", "new": [1]})");
  ASSERT_TRUE(little);
  EXPECT_EQ(*little, (StateDocument{RuleId("R1"), {}}));
}

struct Broken {
  const char* name;
  const char* json;
  const char* error;
};
void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class BrokenState : public testing::TestWithParam<Broken> {};

INSTANTIATE_TEST_SUITE_P(
    , BrokenState,
    testing::Values(
        Broken{"Empty", "", "not JSON"}, Broken{"CutOff", R"({"rule_id": "R1", "sta)", "not JSON"},
        Broken{"NoObject", "[]", "not a JSON object"},
        Broken{"NoRule", R"({"state": "disabled"})", "rule_id: missing"},
        Broken{"EmptyRule", R"({"rule_id": "", "state": "disabled"})", "rule_id: missing"},
        Broken{"RuleIsNoText", R"({"rule_id": 7, "state": "disabled"})",
               "rule_id: expected a text"},
        Broken{"NoState", R"({"rule_id": "R1"})", "state: expected enabled, disabled or clipped"},
        Broken{"UnknownWord", R"({"rule_id": "R1", "state": "off"})", "state: expected"},
        Broken{"CeilingIsNoNumber",
               R"({"rule_id": "R1", "state": "clipped", "confidence_max": "low"})",
               "confidence_max: expected a number"},
        Broken{"CeilingTooHigh", R"({"rule_id": "R1", "state": "clipped", "confidence_max": 40})",
               "confidence_max: 40 is not between 0 and 1"},
        Broken{"EndIsNoTime", R"({"rule_id": "R1", "state": "disabled", "expires_at": "tomorrow"})",
               "expires_at: 'tomorrow' is no time"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_P(BrokenState, IsSaidToBe) {
  const auto read = read_state(GetParam().json);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(read.error().message, StartsWith(GetParam().error));
}

TEST(StateFileName, IsTheIdWhereThatIsHarmless) {
  EXPECT_EQ(state_file_name(RuleId("R0042")), "R0042.json");
  EXPECT_EQ(state_file_name(RuleId("HFP-0001")), "HFP-0001.json");
  EXPECT_EQ(state_file_name(RuleId("../../etc/passwd")), "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd.json");
  EXPECT_EQ(state_file_name(RuleId(".hidden")), "%2Ehidden.json");
  EXPECT_EQ(state_file_name(RuleId(std::string("a\0b%", 4))), "a%00b%25.json");
}

TEST(StateFileName, IsAnotherForAnotherId) {
  EXPECT_TRUE(rc::check([](const std::string& one, const std::string& other) {
    RC_PRE(one != other);
    RC_ASSERT(state_file_name(RuleId(one)) != state_file_name(RuleId(other)));
    RC_ASSERT(state_file_name(RuleId(one)).size() <= 255);
  }));
  const std::string of_255(254, '/');
  const auto long_name = state_file_name(RuleId(of_255 + "a"));
  EXPECT_LE(long_name.size(), 255U);
  EXPECT_NE(long_name, state_file_name(RuleId(of_255 + "b")));
  EXPECT_THAT(long_name, HasSubstr("%2F%2F"));
}

}  // namespace
}  // namespace decnet::rulestore
