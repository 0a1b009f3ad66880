// Figures that are not to be lost.
#include "decnet/evaluation/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "decnet/base/file.h"
#include "tests/test_main.h"

namespace decnet::evaluation {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Scores scored(double found, double alarms) {
  Scores scores;
  scores.value("found", found, Wish::kHigher);
  scores.value("alarms", alarms, Wish::kLower);
  scores.value("other", found);
  scores.count("n", 5);
  return scores;
}

std::vector<std::string> losses(const Baseline& baseline, const Scores& scores) {
  std::vector<std::string> paths;
  for (const Change& change : changes(baseline, "c", scores)) {
    if (change.is_loss) paths.push_back(change.path);
  }
  return paths;
}

TEST(Baseline, KeepsWhatSomebodyWishesFor) {
  Baseline baseline;
  EXPECT_FALSE(baseline.has("c"));
  baseline.set("c", scored(0.5, 0.1));
  EXPECT_EQ(baseline.figure("c", "found"), 0.5);
  EXPECT_EQ(baseline.figure("c", "alarms"), 0.1);
  EXPECT_EQ(baseline.figure("c", "other"), std::nullopt);
  EXPECT_EQ(baseline.figure("d", "found"), std::nullopt);
}

TEST(Baseline, TellsALossFromAGain) {
  Baseline baseline;
  baseline.set("c", scored(0.5, 0.1));
  EXPECT_THAT(losses(baseline, scored(0.5, 0.1)), IsEmpty());
  EXPECT_THAT(losses(baseline, scored(0.6, 0.05)), IsEmpty());
  EXPECT_THAT(losses(baseline, scored(0.4999, 0.1)), testing::ElementsAre("found"));
  EXPECT_THAT(losses(baseline, scored(0.6, 0.1001)), testing::ElementsAre("alarms"));
  EXPECT_THAT(changes(baseline, "another", scored(0, 1)), IsEmpty());
}

TEST(Baseline, MissesAFigureThatIsGone) {
  Baseline baseline;
  baseline.set("c", scored(0.5, 0.1));
  Scores scores;
  scores.value("found", 0.5, Wish::kHigher);
  const auto found = changes(baseline, "c", scores);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].path, "alarms");
  EXPECT_TRUE(found[1].is_loss);
  EXPECT_TRUE(std::isnan(found[1].now));
}

TEST(Baseline, ComesBackFromItsFile) {
  const test::TempDir directory;
  const auto path = directory.path() / "b.json";
  Baseline baseline;
  baseline.set("c", scored(0.5, 0.1));
  baseline.set("d", scored(0.25, 0));
  ASSERT_TRUE(baseline.save(path));
  EXPECT_EQ(read_file(path).value(),
            "{\n \"corpora\": {\n  \"c\": {\n   \"found\": 0.5,\n   \"alarms\": 0.1\n  },\n"
            "  \"d\": {\n   \"found\": 0.25,\n   \"alarms\": 0.0\n  }\n }\n}\n");
  const auto again = Baseline::open(path).value();
  EXPECT_EQ(again.figure("d", "found"), 0.25);
}

TEST(Baseline, RefusesWhatIsNone) {
  const test::TempDir directory;
  EXPECT_EQ(Baseline::open(directory.path() / "none").error().code, ErrorCode::kNotFound);
  for (const auto* text :
       {"x", "{}", R"({"corpora": {"c": 1}})", R"({"corpora": {"c": {"f": ""}}})"}) {
    const auto opened = Baseline::open(directory.write("b.json", text));
    ASSERT_FALSE(opened) << text;
    EXPECT_THAT(opened.error().message, HasSubstr("b.json: no baseline: "));
  }
}

}  // namespace
}  // namespace decnet::evaluation
