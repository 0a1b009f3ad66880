#include "decnet/worker/suppression.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::worker {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Reason = Suppressed::Reason;

class SetClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return now_; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  UtcTime now_ = *parse_time("2026-03-04T10:06:00Z");
};

Suppressed one(const std::string& rule, Reason reason = Reason::kRuleDisabled,
               const char* technique = "T1083") {
  Suppressed suppressed;
  suppressed.reason = reason;
  suppressed.rule_id = RuleId(rule);
  suppressed.rule_version = 2;
  suppressed.technique_id = TechniqueId(technique);
  suppressed.source_kind = "command";
  suppressed.source_id = "s-1#0";
  suppressed.attacker_uuid = "a-1";
  return suppressed;
}

class SuppressionTest : public testing::Test {
 protected:
  std::vector<storage::OutboxMessage> tell(std::vector<Suppressed> withheld) {
    return suppression_.tell(withheld);
  }
  SetClock clock_;
  SuppressionCounters counters_;
  Suppression suppression_{clock_, counters_};
};

TEST_F(SuppressionTest, TellsWhatAndWhy) {
  const auto messages = tell({one("R1", Reason::kBelowFloor)});
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].topic, "ttp.rule.suppressed");
  EXPECT_EQ(messages[0].type, "rule.suppressed");
  EXPECT_EQ(messages[0].payload.dump(),
            R"({"rule_id":"R1","rule_version":2,"technique_id":"T1083","sub_technique_id":null,)"
            R"("reason":"below_floor","source_kind":"command","source_id":"s-1#0",)"
            R"("attacker_uuid":"a-1","identity_uuid":null,"session_id":null})");
  EXPECT_EQ(messages[0].created_at, clock_.now());
}

TEST_F(SuppressionTest, CountsAllAndTellsASample) {
  EXPECT_THAT(tell({one("R1"), one("R1"), one("R1"), one("R2")}), SizeIs(2));
  EXPECT_THAT(tell({one("R1"), one("R2")}), IsEmpty());
  clock_.advance(Suppression::kEvery);
  EXPECT_THAT(tell({one("R1"), one("R1")}), SizeIs(1));
  EXPECT_EQ(counters_.rule_disabled, 8U);
  EXPECT_EQ(counters_.below_floor, 0U);
}

TEST_F(SuppressionTest, ReasonsAndTechniquesAreSampledApart) {
  EXPECT_THAT(tell({one("R1"), one("R1", Reason::kRateLimited), one("R1", Reason::kBelowFloor),
                    one("R1", Reason::kRuleDisabled, "T1005")}),
              SizeIs(4));
  EXPECT_EQ(counters_.rule_disabled, 2U);
  EXPECT_EQ(counters_.rate_limited, 1U);
  EXPECT_EQ(counters_.below_floor, 1U);
}

TEST_F(SuppressionTest, HoweverManyRulesThereAreItIsBounded) {
  std::vector<Suppressed> many;
  for (int i = 0; i < 5000; ++i) many.push_back(one(fmt::format("R{}", i)));
  EXPECT_THAT(tell(many), SizeIs(Suppression::kMostAtOnce));
  EXPECT_THAT(tell(many), IsEmpty());
  clock_.advance(Suppression::kEvery);
  EXPECT_THAT(tell(many), SizeIs(Suppression::kMostAtOnce));
  EXPECT_EQ(counters_.rule_disabled, 15'000U);
}

TEST_F(SuppressionTest, AClockThatIsSetBackSilencesNothing) {
  EXPECT_THAT(tell({one("R1")}), SizeIs(1));
  clock_.advance(-std::chrono::hours(1));
  EXPECT_THAT(tell({one("R1")}), SizeIs(1));
}

}  // namespace
}  // namespace decnet::worker
