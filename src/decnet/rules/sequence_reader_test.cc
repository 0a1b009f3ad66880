#include "decnet/rules/sequence_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decnet/rules/reader.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Read {
  std::optional<Definition> rule;
  std::vector<std::string> problems;
};

std::string document(const std::string& match, const std::string& kinds = "[session]") {
  return fmt::format(
      "rule_id: S1\nrule_version: 1\nname: n\napplies_to: {}\nmatch:\n  kind: sequence\n{}\n"
      "emits: [{{technique_id: T1059, tactic: TA0002, confidence: 0.9}}]\n",
      kinds, match);
}

Read read(const std::string& match, const std::string& kinds = "[session]") {
  Read result;
  std::vector<Problem> problems;
  result.rule = read_definition(document(match, kinds), "S1.yaml", problems);
  for (const Problem& problem : problems) result.problems.push_back(problem.text());
  return result;
}

TEST(SequenceReader, ReadsStepsAndTheirTime) {
  const auto [rule, problems] = read(
      "  within: 10m\n"
      "  steps:\n"
      "    - {pattern: a}\n"
      "    - {kind: auth_attempt, pattern: '^success$'}\n"
      "    - {kind: payload, field: transfer, pattern: b}\n");
  ASSERT_TRUE(rule) << testing::PrintToString(problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_TRUE(rule->is_sequence_rule());
  EXPECT_FALSE(rule->is_pattern_rule());
  EXPECT_EQ(lifter_owner(rule->match_kind), "sequence");
  EXPECT_EQ(rule->within, std::chrono::minutes{10});
  EXPECT_THAT(rule->steps, ElementsAre(SequenceStep{SourceKind::kCommand, "", "a"},
                                       SequenceStep{SourceKind::kAuthAttempt, "", "^success$"},
                                       SequenceStep{SourceKind::kPayload, "transfer", "b"}));
  EXPECT_EQ(default_step_field(SourceKind::kAuthAttempt), "outcome");
  EXPECT_EQ(default_step_field(SourceKind::kCommand), "command_text");
  EXPECT_EQ(default_step_field(SourceKind::kPayload), "payload_text");
}

TEST(SequenceReader, HandsOnThePatternsItCompiled) {
  const auto before = read("  steps: [{pattern: a}, {pattern: b}]\n").rule;
  ASSERT_TRUE(before);
  EXPECT_EQ(before->steps[1].ready.pattern->written(), "b");
  std::vector<Problem> problems;
  const auto after =
      read_definition(document("  steps: [{pattern: a, field: c}, {pattern: d}, {pattern: b}]\n"),
                      "S1.yaml", problems, &*before);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->steps[0].ready.pattern, before->steps[0].ready.pattern);
  EXPECT_EQ(after->steps[1].ready.pattern->written(), "d");
  EXPECT_EQ(after->steps[2].ready.pattern->written(), "b");
}

struct Case {
  std::string name;
  std::string match;
  std::string problem;  // a part of the first
};

class SequenceMistakes : public testing::TestWithParam<Case> {};

TEST_P(SequenceMistakes, CostTheRuleAndAreNamed) {
  const auto [rule, problems] = read(GetParam().match);
  EXPECT_FALSE(rule);
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems.front(), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Steps, SequenceMistakes,
    testing::ValuesIn(std::vector<Case>{
        {"None", "  x: y", "match.steps: missing"},
        {"Text", "  steps: a", "match.steps: expected a list of two to eight steps"},
        {"One", "  steps: [{pattern: a}]", "two to eight"},
        {"NoMapping", "  steps: [{pattern: a}, b]",
         "S1.yaml:7: match.steps[1]: expected a mapping"},
        {"NoPattern", "  steps: [{pattern: a}, {kind: command}]",
         "match.steps[1].pattern: missing"},
        {"EmptyPattern", "  steps: [{pattern: a}, {pattern: ''}]", "it would match everything"},
        {"BrokenPattern", "  steps: [{pattern: 'a('}, {pattern: b}]", "match.steps[0].pattern: "},
        {"OtherKind", "  steps: [{kind: email, pattern: a}, {pattern: b}]",
         "match.steps[0].kind: expected command, auth_attempt or payload"},
        {"OtherKey", "  steps: [{patern: a, pattern: a}, {pattern: b}]", "is no key of a step"},
        {"Password", "  steps: [{kind: auth_attempt, field: password, pattern: a}, {pattern: b}]",
         "passwords are in no session"},
        {"NoUnit", "  within: 10\n  steps: [{pattern: a}, {pattern: b}]",
         "match.within: expected a time such as 90s"},
        {"NoTime", "  within: 0s\n  steps: [{pattern: a}, {pattern: b}]", "match.within: "},
        {"AnAge", "  within: 99999999999999999999d\n  steps: [{pattern: a}, {pattern: b}]",
         "match.within: "},
    }),
    [](const auto& row) { return row.param.name; });

TEST(SequenceReader, WarnsOfARuleForAnythingButSessions) {
  const auto [rule, problems] = read("  steps: [{pattern: a}, {pattern: b}]", "[command]");
  EXPECT_TRUE(rule);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("without session the rule never fires")));
}

}  // namespace
}  // namespace decnet::rules
