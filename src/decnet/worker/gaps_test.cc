#include "decnet/worker/gaps.h"

#include <gtest/gtest.h>

namespace decnet::worker {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;

const UtcTime kNoon = *parse_time("2026-03-04T12:00:00Z");

TEST(Gaps, CoverNothingWhenThereAreNone) {
  const Gaps gaps;
  EXPECT_TRUE(gaps.empty());
  EXPECT_FALSE(gaps.covers(kNoon));
  EXPECT_FALSE(gaps.earliest());
}

TEST(Gaps, ReachTheirMarginsAndNoFurther) {
  Gaps gaps;
  gaps.add(kNoon, kNoon + minutes(1));
  EXPECT_TRUE(gaps.covers(kNoon - Gaps::kBefore));
  EXPECT_FALSE(gaps.covers(kNoon - Gaps::kBefore - microseconds(1)));
  EXPECT_TRUE(gaps.covers(kNoon + minutes(1) + Gaps::kAfter));
  EXPECT_FALSE(gaps.covers(kNoon + minutes(1) + Gaps::kAfter + microseconds(1)));
  EXPECT_EQ(gaps.earliest(), kNoon - Gaps::kBefore);
}

TEST(Gaps, AnOpenOneHasNoEnd) {
  Gaps gaps;
  gaps.open(kNoon, kNoon);
  gaps.open(kNoon + hours(5), kNoon + hours(5));  // still the first one
  EXPECT_TRUE(gaps.covers(kNoon + hours(1000)));
  EXPECT_EQ(gaps.earliest(), kNoon - Gaps::kBefore);
  gaps.close(kNoon + hours(6));
  EXPECT_TRUE(gaps.covers(kNoon + hours(6)));
  EXPECT_FALSE(gaps.covers(kNoon + hours(7)));
}

TEST(Gaps, ClosingWhatIsNotOpenAddsNothing) {
  Gaps gaps;
  gaps.close(kNoon);
  EXPECT_TRUE(gaps.empty());
}

TEST(Gaps, AreForgottenWhenTheirRowsMustBeThere) {
  Gaps gaps;
  gaps.add(kNoon, kNoon + minutes(1));
  gaps.settle(kNoon + minutes(1) + Gaps::kSettle);
  EXPECT_FALSE(gaps.empty());
  gaps.settle(kNoon + minutes(1) + Gaps::kSettle + microseconds(1));
  EXPECT_TRUE(gaps.empty());
}

TEST(Gaps, LoseTheirBeginningWhenItsRowsMustBeThere) {
  Gaps gaps;
  gaps.add(kNoon, kNoon + hours(3));
  gaps.open(kNoon - hours(1), kNoon + hours(4));
  gaps.settle(kNoon + hours(2));
  const UtcTime settled = kNoon + hours(2) - Gaps::kSettle;
  EXPECT_EQ(gaps.earliest(), settled - Gaps::kBefore);
  EXPECT_EQ(gaps.complete_until(kNoon + hours(4)), settled);
  EXPECT_FALSE(gaps.covers(settled - Gaps::kBefore - microseconds(1)));
  EXPECT_TRUE(gaps.covers(settled));
  EXPECT_TRUE(gaps.covers(kNoon + hours(3)));
}

TEST(Gaps, TellUntilWhenNothingIsMissing) {
  Gaps gaps;
  EXPECT_EQ(gaps.complete_until(kNoon), kNoon);
  gaps.open(kNoon, kNoon);
  EXPECT_EQ(gaps.complete_until(kNoon + hours(1)), kNoon);
  gaps.add(kNoon - hours(1), kNoon - minutes(50));
  EXPECT_EQ(gaps.complete_until(kNoon + hours(1)), kNoon - hours(1));
}

TEST(Gaps, AnOpenOneIsNotForgotten) {
  Gaps gaps;
  gaps.open(kNoon, kNoon);
  gaps.settle(kNoon + hours(1000));
  EXPECT_TRUE(gaps.covers(kNoon + hours(1000)));
}

// Rows that are written from now on bear times of before.
TEST(Gaps, WhenTheClockIsSetBackReachFromTheEarlierToTheLater) {
  Gaps gaps;
  gaps.add(kNoon, kNoon - hours(3));
  EXPECT_TRUE(gaps.covers(kNoon));
  EXPECT_TRUE(gaps.covers(kNoon - hours(3)));
  EXPECT_EQ(gaps.earliest(), kNoon - hours(3) - Gaps::kBefore);
  EXPECT_FALSE(gaps.covers(kNoon + Gaps::kAfter + microseconds(1)));
}

TEST(Gaps, AnOpenOneGrowsWhereverTheClockIsSet) {
  Gaps gaps;
  gaps.open(kNoon, kNoon + minutes(1));
  gaps.open(kNoon + minutes(1), kNoon - hours(3));  // set back
  EXPECT_TRUE(gaps.covers(kNoon - hours(3)));
  EXPECT_EQ(gaps.complete_until(kNoon - hours(2)), kNoon - hours(3));
  gaps.close(kNoon - hours(2));
  EXPECT_TRUE(gaps.covers(kNoon - hours(3)));
  EXPECT_TRUE(gaps.covers(kNoon + minutes(1))) << "what was written before it was set back";
  EXPECT_FALSE(gaps.covers(kNoon + hours(1)));
}

TEST(Gaps, AFloodOfShortOnesStaysOne) {
  Gaps gaps;
  for (int i = 0; i < 100'000; ++i) gaps.add(kNoon + minutes(i), kNoon + minutes(i));
  EXPECT_TRUE(gaps.covers(kNoon));
  EXPECT_TRUE(gaps.covers(kNoon + minutes(50'000)));
  gaps.settle(kNoon + minutes(100'000) + Gaps::kSettle);
  EXPECT_TRUE(gaps.empty());
}

}  // namespace
}  // namespace decnet::worker
