// Figures and how sure they are.
#include "decnet/evaluation/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::evaluation {
namespace {

TEST(Wilson, IsTheIntervalOfTextbooks) {
  EXPECT_NEAR(wilson(10, 20).low, 0.2993, 1e-4);
  EXPECT_NEAR(wilson(10, 20).high, 0.7007, 1e-4);
}

TEST(Wilson, SaysSomethingOfNoneAndOfAll) {
  EXPECT_EQ(wilson(0, 20).low, 0.0);
  EXPECT_NEAR(wilson(0, 20).high, 0.1611, 1e-4);
  EXPECT_NEAR(wilson(20, 20).low, 0.8389, 1e-4);
  EXPECT_EQ(wilson(20, 20).high, 1.0);
}

TEST(Scores, AreAnObjectByTheirPaths) {
  Scores scores;
  scores.count("a/n", 3);
  scores.share("a/b/share", 1, 3);
  scores.value("a/b/value", 0.123456);
  scores.share("c", 0, 0);
  scores.list("d/e", Json::array({1, 2}));
  EXPECT_EQ(scores.json().dump(),
            R"({"a":{"n":3,"b":{"share":0.3333,"value":0.1235}},"c":0.0,"d":{"e":[1,2]}})");
  EXPECT_EQ(scores.find("a/b/share")->value, 0.3333);
  EXPECT_EQ(scores.find("a/b"), nullptr);
}

Scores mean_of(std::span<const double> values, std::span<const std::size_t> rows) {
  double sum = 0;
  for (const std::size_t row : rows) sum += values[row];
  Scores scores;
  scores.count("rows", static_cast<std::int64_t>(rows.size()));
  scores.share("half", static_cast<std::int64_t>(rows.size() / 2),
               static_cast<std::int64_t>(rows.size()));
  scores.value("mean", sum / static_cast<double>(rows.size()));
  return scores;
}

TEST(Intervals, OfOtherFiguresComeFromResampling) {
  std::vector<double> values(400);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 0.0 : 1.0;
  const auto score = [&](std::span<const std::size_t> rows) { return mean_of(values, rows); };
  const Scores scores = scored_with_intervals(values.size(), score);
  EXPECT_FALSE(scores.find("rows")->interval);
  const Interval mean = scores.find("mean")->interval.value();
  EXPECT_NEAR(mean.low, 0.45, 0.015) << "half a share of 400, give or take 1.96 * 0.025";
  EXPECT_NEAR(mean.high, 0.55, 0.015);
  EXPECT_EQ(scores.find("mean")->value, 0.5);
  EXPECT_NEAR(scores.find("half")->interval->low, wilson(200, 400).low, 1e-12);

  const Scores again = scored_with_intervals(values.size(), score);
  EXPECT_EQ(again.find("mean")->interval->low, mean.low) << "the same draws every time";
}

}  // namespace
}  // namespace decnet::evaluation
