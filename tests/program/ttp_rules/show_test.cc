// decnet ttp-rules show, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TtpRulesShow : public testing::Test {
 protected:
  Finished show(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"ttp-rules", "show", "--rules", "pack"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all);
  }
  TempDir directory_;
};

constexpr std::string_view kPatternRule = R"(rule_id: A
rule_version: 3
name: reads_secrets
description: >-
  A file that holds secrets is read.
applies_to: [command, payload]
match:
  pattern: |-
    (?x)
    cat \s+ /etc/shadow
  more_fields: [headers]
emits:
  - {technique_id: T1003, sub_technique_id: T1003.008, tactic: TA0006, confidence: 0.95}
  - {technique_id: T1086, tactic: TA0002, confidence: 0.5}
evidence_fields: [command_text]
tests:
  fires:
    - cat /etc/shadow
  silent:
    - {command_text: ls, uid: 0}
)";

TEST_F(TtpRulesShow, IsThePageOfARule) {
  directory_.write("pack/A.yaml", kPatternRule);
  const auto finished = show({"A"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_EQ(
      finished.out,
      "A reads_secrets, version 3\n"
      "  file        pack/A.yaml:1\n"
      "  state       enabled\n"
      "  detects     A file that holds secrets is read.\n"
      "  applies to  command, payload\n"
      "  searches    the usual field of the kind, headers\n"
      "  for         (?x)\n"
      "              cat \\s+ /etc/shadow\n"
      "  tags        T1003.008 OS Credential Dumping: /etc/passwd and /etc/shadow, Credential "
      "Access TA0006, confidence 0.95\n"
      "              T1059.001 Command and Scripting Interpreter: PowerShell, Execution "
      "TA0002, confidence 0.5 (written as T1086)\n"
      "  evidence    command_text\n"
      "  fires on      18 cat /etc/shadow\n"
      "  silent on     20 {\"command_text\":\"ls\",\"uid\":0}\n"
      "pack/A.yaml:14: warning: A: T1086 is revoked in ATT&CK v19; tags store its successor "
      "T1059.001 under TA0002\n");
}

TEST_F(TtpRulesShow, ALiftersRuleHasParameters) {
  directory_.write("pack/B.yaml",
                   "rule_id: B\nrule_version: 1\nname: n\napplies_to: [session]\nmatch:\n"
                   "  kind: lifter:behavioral_beaconing\n  min_interval_s: 10\nemits: []\n");
  const auto finished = show({"B"});
  EXPECT_THAT(finished.out, HasSubstr("  judged by   lifter:behavioral_beaconing\n"
                                      "              min_interval_s 10\n"
                                      "  tags        nothing\n"
                                      "  evidence    none\n"));
}

TEST_F(TtpRulesShow, TellsProgramsTheSame) {
  directory_.write("pack/A.yaml", kPatternRule);
  const auto finished = show({"A", "--json"});
  const Json rule = Json::parse(finished.out).value();
  EXPECT_EQ(*rule.find("version"), Json(3));
  EXPECT_EQ(rule.find("match")->dump(),
            R"~({"pattern":"(?x)\ncat \\s+ /etc/shadow","field":null,"more_fields":["headers"]})~");
  EXPECT_EQ(rule.find("emits")->array()->at(1).dump(),
            R"({"technique":"T1059.001","name":"Command and Scripting Interpreter: PowerShell",)"
            R"("tactic":"TA0002","confidence":0.5,"written":"T1086",)"
            R"("url":"https://attack.mitre.org/techniques/T1059/001"})");
  EXPECT_EQ(rule.find("tests")->dump(),
            R"({"fires":["cat /etc/shadow"],"silent":[{"command_text":"ls","uid":0}]})");
  EXPECT_EQ(*rule.find("state")->find("state"), Json("enabled"));
  EXPECT_EQ(rule.find("problems")->array()->size(), 1U);
}

TEST_F(TtpRulesShow, ARuleThatIsNotThereIsAFailure) {
  directory_.write("pack/A.yaml", kPatternRule);
  directory_.write("pack/B.yaml", "rule_id: B\n");
  EXPECT_EQ(show({"Q"}).exit_code, 1);
  EXPECT_EQ(show({"Q"}).err, "decnet ttp-rules show: there is no rule 'Q' in pack\n");
  EXPECT_THAT(show({"B"}).err,
              HasSubstr("'B' does not load: pack/B.yaml:1: rule_version: missing"));
  EXPECT_EQ(show({}).exit_code, 2);
}

TEST_F(TtpRulesShow, SeveralRulesAreSeveralPages) {
  directory_.write("pack/A.yaml", kPatternRule);
  directory_.write("pack/B.yaml",
                   "rule_id: B\nrule_version: 1\nname: n\napplies_to: [command]\nmatch: {pattern: "
                   "x}\nemits: []\n");
  EXPECT_THAT(show({"A", "B"}).out, HasSubstr("\n\nB n, version 1\n"));
}

TEST_F(TtpRulesShow, HostileRulesAreShownHarmless) {
  directory_.write("pack/A.yaml",
                   "rule_id: A\nrule_version: 1\nname: \"\\e[31m\"\ndescription: \"\\e]0;x\\a\"\n"
                   "applies_to: [command, \"\\e[2J\"]\nmatch: {pattern: \"\\e[3]\", field: "
                   "\"\\e[4m\"}\nemits: []\nevidence_fields: [\"\\e[5m\"]\ntests: {fires: "
                   "[\"\\e[6m\", {\"\\e[4m\": \"\\u202e\"}]}\n");
  for (const auto& words : {std::vector<std::string>{"A"}, {"A", "--json"}}) {
    std::vector<std::string> all = {program().string(), "ttp-rules", "show", "--rules", "pack"};
    all.insert(all.end(), words.begin(), words.end());
    const auto shown = run({.arguments = all,
                            .environment = {{"NO_COLOR", "1"}},
                            .directory = directory_.path(),
                            .terminal = true});
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(shown.out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(shown.out, Not(HasSubstr("\u202e")));
  }
}

}  // namespace
}  // namespace decnet::test
