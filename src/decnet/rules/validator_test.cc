#include "decnet/rules/validator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/test_main.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string rule(std::string_view id, std::string_view emit = "technique_id: T1083, tactic: TA0007",
                 std::string_view rest = {}) {
  return fmt::format(
      "rule_id: {}\nrule_version: 1\nname: n\napplies_to: [command]\nmatch: {{pattern: x}}\n"
      "emits: [{{{}, confidence: 0.9}}]\n{}",
      id, emit, rest);
}

class ValidatorTest : public testing::Test {
 protected:
  // "name:line: error: message" of each problem of what `paths` name.
  std::vector<std::string> problems(const std::vector<std::filesystem::path>& paths,
                                    bool strict = false) {
    Validator validator(*attack::Catalogue::built_in(), {.strict = strict});
    for (const auto& path : paths) validator.add(path);
    report_ = validator.finish();
    std::vector<std::string> lines;
    for (const Problem& problem : report_.problems) {
      lines.push_back(fmt::format(
          "{}:{}: {}: {}", problem.path.filename().string(), problem.line,
          problem.severity == Problem::Severity::kError ? "error" : "warning", problem.message));
    }
    return lines;
  }

  test::TempDir directory_;
  ValidationReport report_;
};

TEST_F(ValidatorTest, GoodFilesHaveNoProblem) {
  directory_.write("a.yaml", rule("R1"));
  directory_.write("b.yml", rule("R2"));
  directory_.write("notes.txt", "[");
  EXPECT_THAT(problems({directory_.path()}, true), IsEmpty());
  EXPECT_EQ(report_.files, 2U);
  EXPECT_EQ(report_.rules, 2U);
}

TEST_F(ValidatorTest, EveryProblemOfEveryFileInOrder) {
  directory_.write("b.yaml", "rule_id: a.b\nrule_version: x\n");
  directory_.write("a.yaml", rule("R1", "technique_id: T9999, tactic: TA0007", "test: 5\n"));
  EXPECT_THAT(problems({directory_.path()}),
              ElementsAre(HasSubstr("a.yaml:6: warning: R1: T9999 is unknown to ATT&CK"),
                          "a.yaml:7: warning: 'test': ignored; did you mean tests?",
                          HasSubstr("b.yaml:1: error: rule_id: "),
                          HasSubstr("b.yaml:1: error: name: missing"),
                          HasSubstr("b.yaml:1: error: applies_to: missing"),
                          HasSubstr("b.yaml:1: error: match: missing"),
                          HasSubstr("b.yaml:1: error: emits: missing"),
                          HasSubstr("b.yaml:2: error: rule_version: ")));
  EXPECT_EQ(report_.errors(), 6U);
  EXPECT_EQ(report_.files, 2U);
  EXPECT_EQ(report_.rules, 1U);
}

// Whoever mends one mistake should not meet the next one only then.
TEST_F(ValidatorTest, ABrokenFileIsToldOfEverythingElseToo) {
  directory_.write("a.yaml",
                   "rule_id: R1\nrule_version: one\nname: n\napplies_to: [command]\n"
                   "match: {pattern: 'x*', feild: f}\nemits:\n"
                   "- {technique_id: T1059, tactic: TA0002, confidence: 9}\n"
                   "- {technique_id: T1086, tactic: TA0002, confidence: 0.9}\n"
                   "- {technique_id: T1562, sub_technique_id: T1562.001,\n"
                   "   tactic: TA0099, confidence: 0.9}\n"
                   "- {technique_id: T1029, tactic: TA0011, confidence: 0.9}\n"
                   "evidence_feilds: [command_text]\n");
  directory_.write("b.yaml", rule("R2"));
  directory_.write("c.yaml", rule("R2", "technique_id: T9999, tactic: TA0007"));
  EXPECT_THAT(
      problems({directory_.path()}, true),
      ElementsAre(HasSubstr("a.yaml:2: error: rule_version: "),
                  HasSubstr("a.yaml:5: error: match: 'feild'"),
                  HasSubstr("a.yaml:5: error: match.pattern: matches every text"),
                  HasSubstr("a.yaml:7: error: R1: emits[0] (T1059).confidence: "),
                  HasSubstr("a.yaml:8: error: R1: T1086 is revoked"),
                  HasSubstr("a.yaml:9: error: R1: T1562.001 is revoked"),
                  HasSubstr("a.yaml:11: warning: R1: TA0011 is not among the tactics of T1029"),
                  HasSubstr("a.yaml:12: error: 'evidence_feilds'"),
                  HasSubstr("c.yaml:1: error: rule_id: R2 is already the rule of b.yaml"),
                  HasSubstr("c.yaml:6: error: R2: T9999 is unknown")));
}

TEST_F(ValidatorTest, StrictMakesErrorsOfWarningsButNotOfWhatAttackLists) {
  const auto path = directory_.write(
      "a.yaml", rule("R1", "technique_id: T1029, tactic: TA0011", "evidence_feilds: []\n"));
  EXPECT_THAT(problems({path}), ElementsAre(HasSubstr("a.yaml:7: warning: 'evidence_feilds'")));
  EXPECT_THAT(problems({path}, true),
              ElementsAre(HasSubstr("a.yaml:6: warning: R1: TA0011 is not among the tactics of "),
                          HasSubstr("a.yaml:7: error: 'evidence_feilds'")));
}

TEST_F(ValidatorTest, ARevokedIdIsAnsweredWithItsSuccessor) {
  const auto path = directory_.write("a.yaml", rule("R1", "technique_id: T1086, tactic: TA0002"));
  EXPECT_THAT(problems({path}), ElementsAre(HasSubstr("a.yaml:6: warning: R1: T1086 is revoked")));
  EXPECT_THAT(problems({path})[0], HasSubstr("tags store its successor T1059.001"));
}

TEST_F(ValidatorTest, OneIdTwiceInADirectoryIsAnError) {
  directory_.write("a/1.yaml", rule("R1"));
  directory_.write("a/2.yaml", "\n" + rule("R1"));
  directory_.write("b/1.yaml", rule("R1"));
  const auto a = directory_.path() / "a";
  const auto b = directory_.path() / "b";
  EXPECT_THAT(problems({a, b}),
              ElementsAre("2.yaml:2: error: rule_id: R1 is already the rule of 1.yaml; of the two "
                          "only one loads"));
  EXPECT_EQ(report_.rules, 2U);
  EXPECT_THAT(problems({a / "2.yaml", a / "1.yaml"}), ElementsAre(HasSubstr("1.yaml:1: error")));
}

TEST_F(ValidatorTest, AFileNamedAgainIsCheckedOnce) {
  const auto path = directory_.write("a.yaml", rule("R1"));
  EXPECT_THAT(problems({path, directory_.path(), directory_.path() / "." / "a.yaml"}), IsEmpty());
  EXPECT_EQ(report_.files, 1U);
}

TEST_F(ValidatorTest, NamesTheLoaderDoesNotReadAreTold) {
  directory_.write("my-rule.yaml", rule("R1"));
  directory_.write(".a.yaml", "[");
  directory_.write("a.yaml~", "[");
  std::filesystem::create_directory(directory_.path() / "deeper.yaml");
  EXPECT_THAT(problems({directory_.path()}),
              ElementsAre(HasSubstr("deeper.yaml:0: warning: is no regular file"),
                          HasSubstr("my-rule.yaml:0: warning: a directory's files are read only")));
  EXPECT_EQ(report_.files, 0U);
  const auto named = directory_.write("other.txt", "rule_id: R2\n");
  EXPECT_THAT(problems({named}), SizeIs(6));  // the name, and the five keys that are missing
  EXPECT_EQ(report_.files, 1U);
}

TEST_F(ValidatorTest, WhatIsNotThereIsAnError) {
  EXPECT_THAT(problems({directory_.path() / "nowhere.yaml"}),
              ElementsAre("nowhere.yaml:0: error: No such file or directory"));
  EXPECT_THAT(problems({directory_.path()}),
              ElementsAre(HasSubstr("warning: holds no rule files")));
  EXPECT_THAT(problems({directory_.path()}, true),
              ElementsAre(HasSubstr("error: holds no rule files")));
}

TEST_F(ValidatorTest, ADocumentThatIsInNoFile) {
  Validator validator(*attack::Catalogue::built_in(), {});
  validator.add_document("rule_id: [\n", "<stdin>");
  const auto report = validator.finish();
  ASSERT_THAT(report.problems, SizeIs(1));
  EXPECT_THAT(report.problems[0].text(), HasSubstr("<stdin>:1: not YAML"));
  EXPECT_EQ(report.files, 1U);
}

TEST_F(ValidatorTest, TheShippedPackIsStrictlyGood) {
  for (const auto& problem : problems({test::source_dir() / "rules" / "ttp"}, true)) {
    EXPECT_THAT(problem, HasSubstr(": warning: ")) << problem;
  }
  EXPECT_EQ(report_.errors(), 0U);
  EXPECT_EQ(report_.files, report_.rules);
}

}  // namespace
}  // namespace decnet::rules
