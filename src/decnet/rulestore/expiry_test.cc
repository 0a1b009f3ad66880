#include "decnet/rulestore/expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::rulestore {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

const UtcTime kNow = *parse_time("2026-03-04 10:00:00");

rules::State until(UtcTime end) {
  return {.kind = rules::State::Kind::kDisabled, .expires_at = end};
}

TEST(Expiry, KeepsWhatIsInForce) {
  Expiry expiry;
  const rules::States stored = {{RuleId("R1"), until(kNow + hours(1))},
                                {RuleId("R2"), {.kind = rules::State::Kind::kDisabled}}};
  const auto sorted = expiry.sort(stored, kNow);
  EXPECT_EQ(sorted.in_force, stored);
  EXPECT_THAT(sorted.over, IsEmpty());
  EXPECT_THAT(sorted.reverted, IsEmpty());
}

TEST(Expiry, KnowsTheNextEnd) {
  Expiry expiry;
  EXPECT_EQ(expiry.next(), std::nullopt);
  expiry.sort({{RuleId("R0"), until(kNow)},
               {RuleId("R1"), until(kNow + hours(2))},
               {RuleId("R2"), until(kNow + hours(1))},
               {RuleId("R3"), {.kind = rules::State::Kind::kDisabled}}},
              kNow);
  EXPECT_EQ(expiry.next(), kNow + hours(1));
}

// A state ends at its time, not after it; and nobody need have seen it in force.
TEST(Expiry, TellsAnEndOnceWhileItStaysStored) {
  Expiry expiry;
  const rules::States stored = {{RuleId("R1"), until(kNow)}};
  const auto sorted = expiry.sort(stored, kNow);
  EXPECT_THAT(sorted.in_force, IsEmpty());
  EXPECT_THAT(sorted.over, ElementsAre(RuleId("R1")));
  EXPECT_THAT(sorted.reverted, ElementsAre(RuleId("R1")));

  const auto again = expiry.sort(stored, kNow + hours(1));
  EXPECT_THAT(again.over, ElementsAre(RuleId("R1")));
  EXPECT_THAT(again.reverted, IsEmpty());
}

TEST(Expiry, TellsTheEndOfWhatAnotherProcessRemoved) {
  Expiry expiry;
  expiry.sort({{RuleId("R1"), until(kNow + hours(1))}}, kNow);
  EXPECT_THAT(expiry.sort({}, kNow + hours(1)).reverted, ElementsAre(RuleId("R1")));
  EXPECT_THAT(expiry.sort({}, kNow + hours(2)).reverted, IsEmpty());
}

TEST(Expiry, AResetBeforeTheEndIsNoEnd) {
  Expiry expiry;
  expiry.sort({{RuleId("R1"), until(kNow + hours(1))}}, kNow);
  EXPECT_THAT(expiry.sort({}, kNow).reverted, IsEmpty());
  EXPECT_THAT(expiry.sort({}, kNow + hours(2)).reverted, IsEmpty());
}

TEST(Expiry, AStateSetAnewHasAnEndOfItsOwn) {
  Expiry expiry;
  expiry.sort({{RuleId("R1"), until(kNow)}}, kNow);
  EXPECT_THAT(expiry.sort({{RuleId("R1"), until(kNow + hours(1))}}, kNow).reverted, IsEmpty());
  EXPECT_THAT(expiry.sort({{RuleId("R1"), until(kNow + hours(1))}}, kNow + hours(1)).reverted,
              ElementsAre(RuleId("R1")));
}

}  // namespace
}  // namespace decnet::rulestore
