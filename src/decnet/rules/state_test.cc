#include "decnet/rules/state.h"

#include <gtest/gtest.h>

namespace decnet::rules {
namespace {

const UtcTime kNow = *parse_time("2026-03-04T10:00:00Z");

State clipped(std::optional<double> ceiling) {
  return {.kind = State::Kind::kClipped, .confidence_max = ceiling};
}

TEST(State, ARuleWithoutOneIsAsItIs) { EXPECT_EQ(State{}.apply(0.7, kNow), 0.7); }

TEST(State, ADisabledRuleDoesNotFire) {
  EXPECT_FALSE(State{.kind = State::Kind::kDisabled}.apply(0.7, kNow));
}

TEST(State, AClipIsACeilingAndNoFactor) {
  EXPECT_EQ(clipped(0.5).apply(0.7, kNow), 0.5);
  EXPECT_EQ(clipped(0.5).apply(0.4, kNow), 0.4);
  EXPECT_EQ(clipped(1.0).apply(0.7, kNow), 0.7);
  EXPECT_EQ(clipped(std::nullopt).apply(0.7, kNow), 0.7);
}

TEST(State, ACeilingCountsOnlyWhenClipped) {
  State state = clipped(0.5);
  state.kind = State::Kind::kEnabled;
  EXPECT_EQ(state.apply(0.7, kNow), 0.7);
}

TEST(State, WhatHasExpiredIsNoStateAtAll) {
  State state{.kind = State::Kind::kDisabled};
  state.expires_at = kNow + std::chrono::microseconds(1);
  EXPECT_FALSE(state.apply(0.7, kNow));
  state.expires_at = kNow;
  EXPECT_EQ(state.apply(0.7, kNow), 0.7);
  state = clipped(0.5);
  state.expires_at = kNow;
  EXPECT_EQ(state.apply(0.7, kNow), 0.7);
}

TEST(State, ItsWordsAreReadBack) {
  for (const auto kind : {State::Kind::kEnabled, State::Kind::kDisabled, State::Kind::kClipped}) {
    EXPECT_EQ(state_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(state_kind("Disabled"));
  EXPECT_FALSE(state_kind(""));
}

}  // namespace
}  // namespace decnet::rules
