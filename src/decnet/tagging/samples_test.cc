#include "decnet/tagging/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::tagging {
namespace {

using lifters::test::rule;
using lifters::test::rule_set;
using testing::ElementsAre;
using testing::IsEmpty;
using Outcome = SampleVerdict::Outcome;

// The verdicts on the samples of the first rule.
std::vector<SampleVerdict> judged(const std::vector<std::string>& yamls) {
  // What verdicts point to outlives them.
  static std::vector<std::unique_ptr<Tagger>> taggers;
  taggers.push_back(std::make_unique<Tagger>(rule_set(yamls), system_clock()));
  const Tagger& tagger = *taggers.back();
  return judge_samples(*tagger.rules()->rules().front(), tagger);
}

std::vector<Outcome> outcomes(const std::vector<std::string>& yamls) {
  std::vector<Outcome> all;
  for (const auto& verdict : judged(yamls)) all.push_back(verdict.outcome);
  return all;
}

TEST(Samples, TextsStandForTheFieldThatIsSearched) {
  EXPECT_THAT(outcomes({rule("R1", "[command]", "{pattern: cat}") +
                        "tests: {fires: [cat x], silent: [ls, {command_text: ls, other: cat}]}"}),
              ElementsAre(Outcome::kAsWanted, Outcome::kAsWanted, Outcome::kAsWanted));
  EXPECT_THAT(
      outcomes({rule("R1", "[session]", "{pattern: cat, field: what}") +
                "tests: {fires: [cat, {what: cat}], silent: [{what: ls, command_text: cat}]}"}),
      ElementsAre(Outcome::kAsWanted, Outcome::kAsWanted, Outcome::kAsWanted));
  EXPECT_THAT(outcomes({rule("R1", "[session]", "{pattern: cat, more_fields: [ops]}") +
                        "tests: {fires: [cat, {ops: [a, cat]}]}"}),
              ElementsAre(Outcome::kAsWanted, Outcome::kAsWanted));
}

TEST(Samples, SayWhatWentWrongAndWhoFiredInstead) {
  const auto verdicts = judged(
      {rule("R1", "[command]", "{pattern: 'cat /etc/shadow'}") +
           "tests:\n  fires:\n    - head /etc/shadow\n  silent:\n    - 'ls; cat /etc/shadow-'\n",
       rule("R2", "[command]", "{pattern: head}"), rule("R3", "[command]", "{pattern: /etc}")});
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].outcome, Outcome::kSilent);
  EXPECT_TRUE(verdicts[0].should_fire);
  EXPECT_EQ(verdicts[0].index, 0U);
  EXPECT_EQ(verdicts[0].line, 10);
  EXPECT_EQ(*verdicts[0].sample, Json("head /etc/shadow"));
  EXPECT_THAT(verdicts[0].others, ElementsAre(RuleId("R2"), RuleId("R3")));
  EXPECT_EQ(verdicts[1].outcome, Outcome::kFired);
  EXPECT_FALSE(verdicts[1].should_fire);
  EXPECT_EQ(verdicts[1].line, 12);
  EXPECT_EQ(verdicts[1].matched, "cat /etc/shadow");
  EXPECT_THAT(verdicts[1].others, ElementsAre(RuleId("R3")));
}

TEST(Samples, OfALifterAreItsPayloads) {
  EXPECT_THAT(
      outcomes({rule("R1", "[canary_fingerprint]", "{kind: 'lifter:canary_webdriver'}") +
                "tests:\n  fires: [{navigator_webdriver: true}, {navigator_webdriver: false}]\n"
                "  silent: [{navigator_webdriver: true}, {}]"}),
      ElementsAre(Outcome::kAsWanted, Outcome::kSilent, Outcome::kFired, Outcome::kAsWanted));
}

TEST(Samples, FireAsOneKindAndAreSilentAsAny) {
  EXPECT_THAT(outcomes({rule("R1", "[command, payload]", "{pattern: cat}") +
                        "tests:\n  fires: [{payload_text: cat}]\n  silent: [{payload_text: cat}]"}),
              ElementsAre(Outcome::kAsWanted, Outcome::kFired));
}

TEST(Samples, ATextWithoutAFieldIsNoSample) {
  EXPECT_THAT(
      outcomes({rule("R1", "[session, canary_fingerprint]", "{kind: 'lifter:canary_webdriver'}") +
                "tests: {silent: [x]}"}),
      ElementsAre(Outcome::kAsWanted));
  EXPECT_THAT(outcomes({rule("R1", "[session]", "{kind: 'lifter:behavioral_beaconing'}") +
                        "tests: {silent: [x]}"}),
              ElementsAre(Outcome::kNoField));
}

// A pattern that only the backtracking engine understands, and a text made for it.
TEST(Samples, ABudgetThatRanOutIsNoAnswer) {
  const std::string text = "'find /" + std::string(300, 'a') + "? y !'";
  EXPECT_THAT(outcomes({rule("R1", "[command]", R"({pattern: 'find /(?=(?:\w+/?)+!).*y'})") +
                        "tests: {fires: [" + text + "], silent: [" + text + "]}"}),
              ElementsAre(Outcome::kNotEvaluated, Outcome::kNotEvaluated));
}

TEST(Samples, NoneAreNoVerdicts) {
  EXPECT_THAT(judged({rule("R1", "[command]", "{pattern: cat}")}), IsEmpty());
}

}  // namespace
}  // namespace decnet::tagging
