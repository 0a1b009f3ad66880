#include "decnet/rules/parameter_patterns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/log.h"
#include "decnet/rules/reader.h"
#include "decnet/rules/rule_set.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Definition rule(std::string_view match) {
  std::vector<Problem> problems;
  auto definition = read_definition(
      std::string("rule_id: R1\nrule_version: 1\nname: n\napplies_to: [session]\nmatch:\n") +
          std::string(match) + "emits: [{technique_id: T1059, tactic: TA0002, confidence: 0.85}]\n",
      "r1.yaml", problems);
  EXPECT_THAT(problems, IsEmpty());
  return *std::move(definition);
}

Definition rule_with_paths(std::string_view paths) {
  return rule("  kind: lifter:behavioral_credentials_in_files\n" + std::string(paths));
}

std::optional<std::string> first(const ParameterPatterns& patterns, std::string_view text) {
  const auto answer = patterns.first_match(text);
  return answer.first ? std::optional(std::string(*answer.first)) : std::nullopt;
}

TEST(ParameterPatterns, TheFirstInTheAuthorsOrderCounts) {
  std::vector<Problem> problems;
  const ParameterPatterns patterns(rule_with_paths("  paths: ['b+', '(?i)A', 'a']\n"), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_TRUE(patterns.is_whole());
  EXPECT_EQ(first(patterns, "abb"), "b+");
  EXPECT_EQ(first(patterns, "xa"), "(?i)A");
  EXPECT_EQ(first(patterns, "xc"), std::nullopt);
  EXPECT_EQ(first(patterns, ""), std::nullopt);
}

TEST(ParameterPatterns, AllThatAreFoundByTheirPlaces) {
  std::vector<Problem> problems;
  const ParameterPatterns patterns(rule_with_paths("  paths: [a, 'b(', c, a+]\n"), problems);
  EXPECT_THAT(patterns.all_matches("cab").places, ElementsAre(0, 2, 3));
  EXPECT_THAT(patterns.all_matches("x").places, IsEmpty());
}

TEST(ParameterPatterns, CaseCountsAndAFinalLineFeedDoesNot) {
  std::vector<Problem> problems;
  const ParameterPatterns patterns(rule_with_paths("  paths: ['\\.env$']\n"), problems);
  EXPECT_EQ(first(patterns, "/.env\n"), "\\.env$");
  EXPECT_EQ(first(patterns, "/.ENV"), std::nullopt);
}

TEST(ParameterPatterns, ABadEntryCostsItselfAndIsNamedWithItsLine) {
  std::vector<Problem> problems;
  const ParameterPatterns patterns(
      rule_with_paths("  paths:\n  - 'a('\n  - b\n  - 5\n  - null\n  - [c]\n  - ''\n"), problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems) {
    EXPECT_EQ(problem.severity, Problem::Severity::kWarning);
    texts.push_back(problem.text());
  }
  EXPECT_THAT(texts, ElementsAre(HasSubstr("r1.yaml:8: R1: match.paths[0]: "),
                                 HasSubstr("r1.yaml:10: R1: match.paths[2]: expected"),
                                 HasSubstr("r1.yaml:11: R1: match.paths[3]: expected"),
                                 HasSubstr("r1.yaml:12: R1: match.paths[4]: expected"),
                                 HasSubstr("r1.yaml:13: R1: match.paths[5]: expected")));
  EXPECT_FALSE(patterns.is_whole());
  EXPECT_EQ(first(patterns, "a(b"), "b");
}

TEST(ParameterPatterns, WhatIsNoListIsNamedOnce) {
  std::vector<Problem> problems;
  const ParameterPatterns patterns(rule_with_paths("  paths: '.env'\n"), problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].text(), HasSubstr("r1.yaml:7: R1: match.paths: expected a list"));
  EXPECT_EQ(first(patterns, ".env"), std::nullopt);
}

TEST(ParameterPatterns, WithoutTheListNothingIsFoundAndNothingIsWrong) {
  std::vector<Problem> problems;
  const ParameterPatterns patterns(rule_with_paths(""), problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(first(patterns, "x"), std::nullopt);
}

TEST(ParameterPatterns, BelongToTheRuleOfASet) {
  std::vector<Definition> definitions;
  definitions.push_back(rule_with_paths("  paths: [a, 'b(']\n"));
  definitions.push_back(rule("  kind: lifter:behavioral_beaconing\n  paths: [a]\n"));
  definitions.back().id = RuleId("R2");
  const auto compiled = RuleSet::compile(definitions, *attack::Catalogue::built_in());
  ASSERT_EQ(compiled.problems.size(), 1U);
  const RuleSet& rules = *compiled.rules;
  ASSERT_EQ(rules.rules().size(), 2U);
  EXPECT_EQ(rules.first_pattern(*rules.rules()[0], "xa"), "a");
  EXPECT_EQ(rules.first_pattern(*rules.rules()[0], "xb"), std::nullopt);
  EXPECT_EQ(rules.first_pattern(*rules.rules()[1], "a"), std::nullopt);
}

TEST(ParameterPatterns, AreTakenOverWhereTheyDidNotChange) {
  const auto compile = [](std::string_view paths, const RuleSet* previous) {
    std::vector<Definition> definitions;
    definitions.push_back(rule_with_paths(paths));
    return RuleSet::compile(definitions, *attack::Catalogue::built_in(), {.previous = previous})
        .rules;
  };
  const auto before = compile("  paths: [a]\n", nullptr);
  const auto same = compile("  paths: [a]\n", before.get());
  const auto other = compile("  paths: [b]\n", before.get());
  EXPECT_EQ(same->rules()[0]->parameter_patterns, before->rules()[0]->parameter_patterns);
  EXPECT_NE(other->rules()[0]->parameter_patterns, before->rules()[0]->parameter_patterns);
  EXPECT_EQ(other->first_pattern(*other->rules()[0], "b"), "b");
}

TEST(ParameterPatterns, WhatRunsOutOfItsBudgetIsCountedAndNoMatch) {
  std::vector<Definition> definitions;
  definitions.push_back(rule_with_paths("  paths: ['find /(?=(?:\\w+/?)+!).*y']\n"));
  const auto rules = RuleSet::compile(definitions, *attack::Catalogue::built_in()).rules;
  const log::Capture log;
  ASSERT_EQ(rules->exhausted(), std::vector<std::uint64_t>{0});
  EXPECT_EQ(rules->first_pattern(*rules->rules()[0], "find /" + std::string(300, 'a') + "? y !"),
            std::nullopt);
  EXPECT_EQ(rules->exhausted(), std::vector<std::uint64_t>{1});
}

}  // namespace
}  // namespace decnet::rules
