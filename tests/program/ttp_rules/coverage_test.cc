// decnet ttp-rules coverage, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/file.h"
#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TtpRulesCoverage : public testing::Test {
 protected:
  Finished coverage(const std::vector<std::string>& words = {}) const {
    std::vector<std::string> all = {"ttp-rules", "coverage", "--rules", "pack"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all);
  }
  void rule(const std::string& id, const std::string& technique, const std::string& tactic) const {
    directory_.write("pack/" + id + ".yaml", rule_text(id, "x", technique, tactic));
  }
  // A rule that no lifter evaluates.
  void inert_rule(const std::string& id, const std::string& emit) const {
    directory_.write("pack/" + id + ".yaml",
                     "rule_id: " + id +
                         "\nrule_version: 1\nname: inert\napplies_to: [session]\nmatch:\n  kind: "
                         "lifter:intel_aggregate_bump\nemits: [{" +
                         emit + ", confidence: 0.9}]\n");
  }
  Json layer() const {
    const auto finished = coverage({"--navigator", "-"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return Json::parse(finished.out).value();
  }
  // Each technique of the layer, without those keys that all have.
  std::vector<std::string> techniques() const {
    std::vector<std::string> lines;
    const Json all = layer();
    for (const auto& technique : *all.find("techniques")->array()) {
      lines.push_back(technique.dump());
    }
    return lines;
  }
  TempDir directory_;
};

TEST_F(TtpRulesCoverage, IsATableInTheOrderOfTheMatrix) {
  rule("A", "T1003.008", "TA0006");
  rule("B", "T1595", "TA0043");
  rule("C", "T1003.008", "TA0006");
  inert_rule("D", "technique_id: T1071, tactic: TA0011");
  const auto finished = coverage();
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_THAT(
      finished.out,
      AllOf(HasSubstr("tactic               technique  name"),
            HasSubstr("Reconnaissance       T1595      Active Scanning"),
            HasSubstr("Credential Access    T1003.008  OS Credential Dumping: /etc/passwd and "
                      "/etc/shadow        0.85      2  A C\n"),
            HasSubstr("Command and Control  T1071      Application Layer Protocol"),
            HasSubstr("        0.9      0  (D)\n"),
            HasSubstr("\n2 techniques of ATT&CK v19 by 4 rules of pack\n")));
  EXPECT_LT(finished.out.find("T1595"), finished.out.find("T1003.008"));
  EXPECT_THAT(finished.out, testing::ContainsRegex("\nReconnaissance +1 +[0-9]+\n"
                                                   "Credential Access +1 +[0-9]+\n"
                                                   "Command and Control +0 +[0-9]+\n"));
}

TEST_F(TtpRulesCoverage, CountsWhatIsStored) {
  rule("A", "T1086", "TA0002");  // revoked: T1059.001
  rule("B", "T9999", "TA0002");
  const auto finished = coverage({"--json"});
  const auto answer = Json::parse(finished.out).value();
  EXPECT_EQ(answer.find("techniques")->array()->at(0).dump(),
            R"({"tactic":"TA0002","technique":"T1059.001","name":"Command and Scripting )"
            R"(Interpreter: PowerShell","url":"https://attack.mitre.org/techniques/T1059/001",)"
            R"("active_rules":1,"rules":[{"rule":"A","confidence":0.85,"active":true}]})");
  EXPECT_THAT(answer.find("techniques")->array()->at(1).dump(),
              HasSubstr(R"("technique":"T9999","name":null,"url":null)"));
  EXPECT_EQ(*answer.find("tactics")->array()->at(0).find("covered"), Json(2));
  EXPECT_THAT(finished.err, HasSubstr("pack/A.yaml:11: warning: A: T1086 is revoked"));
}

TEST_F(TtpRulesCoverage, TheLayerIsOneOfTheNavigator) {
  rule("A", "T1083", "TA0007");
  const Json shown = layer();
  EXPECT_EQ(*shown.find("name"), Json("DECNET rule coverage"));
  EXPECT_EQ(shown.find("versions")->dump(), R"({"navigator":"5.1.0","layer":"4.5","attack":"19"})");
  EXPECT_EQ(*shown.find("domain"), Json("enterprise-attack"));
  EXPECT_THAT(*shown.find("description")->string(), HasSubstr("1 detection rule;"));
  EXPECT_EQ(shown.find("gradient")->find("maxValue")->dump(), "1");
  EXPECT_THAT(techniques(), ElementsAre(R"~({"techniqueID":"T1083","tactic":"discovery",)~"
                                        R"~("comment":"A rule_A (0.85)","enabled":true,)~"
                                        R"~("showSubtechniques":false,"score":1})~"));
}

TEST_F(TtpRulesCoverage, SubTechniquesUnfoldTheirParents) {
  rule("A", "T1003.008", "TA0006");
  EXPECT_THAT(
      techniques(),
      ElementsAre(AllOf(HasSubstr(R"("techniqueID":"T1003")"), Not(HasSubstr("score")),
                        HasSubstr(R"("showSubtechniques":true)")),
                  AllOf(HasSubstr(R"("techniqueID":"T1003.008")"), HasSubstr(R"("score":1)"))));
}

TEST_F(TtpRulesCoverage, WhatCannotFireIsGreyedOut) {
  inert_rule("D", "technique_id: T1071, tactic: TA0011");
  EXPECT_THAT(techniques(),
              ElementsAre(AllOf(HasSubstr(R"~("comment":"D inert (0.9), cannot fire")~"),
                                HasSubstr(R"("enabled":false)"), HasSubstr(R"("score":0)"))));
}

TEST_F(TtpRulesCoverage, APairThatAttackDoesNotListStandsForEveryTactic) {
  rule("A", "T1029", "TA0011");
  EXPECT_THAT(techniques(), ElementsAre(AllOf(HasSubstr(R"("techniqueID":"T1029","comment")"),
                                              Not(HasSubstr("tactic\"")))));
}

TEST_F(TtpRulesCoverage, WhatIsInNoEnterpriseMatrixIsLeftOutAndTold) {
  rule("A", "T9999", "TA0007");
  inert_rule("B", "technique_id: T0806, tactic: TA0106");
  const auto finished = coverage({"--navigator", "-"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr(R"("techniques":[])"));
  EXPECT_THAT(finished.err, HasSubstr("left out: T9999, T0806\n"));
}

TEST_F(TtpRulesCoverage, TheLayerGoesToAFile) {
  rule("A", "T1083", "TA0007");
  const auto finished = coverage({"--navigator", "layer.json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "layer.json: 1 technique\n");
  EXPECT_EQ(Json::parse(read_file(directory_.path() / "layer.json").value()).value(), layer());
  const auto failed = coverage({"--navigator", "nowhere/layer.json"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_EQ(failed.err,
            "decnet ttp-rules coverage: nowhere/layer.json: No such file or directory\n");
}

TEST_F(TtpRulesCoverage, AFullDiskIsAFailure) {
  rule("A", "T1083", "TA0007");
  const auto failed = coverage({"--navigator", "/dev/full"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_EQ(failed.err, "decnet ttp-rules coverage: /dev/full: No space left on device\n");
}

TEST_F(TtpRulesCoverage, NothingIsALayerToo) {
  EXPECT_THAT(techniques(), IsEmpty());
  EXPECT_THAT(coverage().out, HasSubstr("0 techniques of ATT&CK v19 by 0 rules of pack\n"));
}

TEST_F(TtpRulesCoverage, OneAnswerAtATime) {
  EXPECT_EQ(coverage({"--json", "--navigator", "-"}).exit_code, 2);
}

TEST_F(TtpRulesCoverage, TheShippedPackCoversWhatItEmits) {
  const auto pack = (source_dir() / "rules" / "ttp").string();
  const auto finished =
      decnet(directory_.path(), {"ttp-rules", "coverage", "--rules", pack, "--navigator", "-"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  const auto shown = Json::parse(finished.out).value();
  EXPECT_GE(shown.find("techniques")->array()->size(), 60U);
}

}  // namespace
}  // namespace decnet::test
