// decnet ttp-rules test, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TtpRulesTest : public testing::Test {
 protected:
  Finished test(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"ttp-rules", "test", "--rules", "pack"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all);
  }
  // A rule file of 14 lines, its `tests` from line 15 on.
  void rule(const std::string& id, const std::string& pattern, const std::string& tests) const {
    directory_.write("pack/" + id + ".yaml", rule_text(id, pattern, "T1083", "TA0007") + tests);
  }
  TempDir directory_;
};

TEST_F(TtpRulesTest, AllAsWanted) {
  rule("A", "cat", "tests: {fires: [cat x, {command_text: cat}], silent: [ls]}\n");
  rule("B", "ls", "");
  const auto finished = test({});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "3 samples of 1 rule: all as wanted\nwithout samples: B\n");
  EXPECT_THAT(finished.err, IsEmpty());
}

TEST_F(TtpRulesTest, NamesEachSampleThatFailedAndWhatFiredInstead) {
  rule("A", "cat /etc/shadow",
       "tests:\n  fires:\n    - cat /etc/shadow\n    - head /etc/shadow\n  silent:\n    - sudo cat "
       "/etc/shadow-\n    - {command_text: 'cat /etc/shadow', n: 1}\n");
  rule("B", "head", "");
  const auto finished = test({});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out,
            "pack/A.yaml:17: error: A: tests.fires[1]: should fire and is silent on 'head "
            "/etc/shadow'; instead fires B\n"
            "pack/A.yaml:19: error: A: tests.silent[0]: should be silent and fires on 'sudo cat "
            "/etc/shadow-'; it matched 'cat /etc/shadow'\n"
            "pack/A.yaml:20: error: A: tests.silent[1]: should be silent and fires on "
            "{\"command_text\":\"cat /etc/shadow\",\"n\":1}; it matched 'cat /etc/shadow'\n"
            "4 samples of 1 rule: 3 not as wanted\nwithout samples: B\n");
}

TEST_F(TtpRulesTest, OnlyTheRulesThatAreNamed) {
  rule("A", "cat", "tests: {fires: [ls]}\n");
  rule("B", "ls", "tests: {fires: [ls]}\n");
  directory_.write("pack/C.yaml", "broken");
  EXPECT_EQ(test({"B"}).exit_code, 0);
  EXPECT_EQ(test({"B"}).out, "1 sample of 1 rule: all as wanted\n");
  EXPECT_THAT(test({"B"}).err, IsEmpty());
  EXPECT_EQ(test({"A", "B", "A"}).exit_code, 1);
  EXPECT_THAT(test({"A", "B", "A"}).out, HasSubstr("2 samples of 2 rules: 1 not as wanted\n"));
}

TEST_F(TtpRulesTest, ARuleThatIsNotThere) {
  rule("R0014", "cat", "");
  directory_.write("pack/R0099.yaml", "broken");
  const auto close = test({"R0041"});
  EXPECT_EQ(close.exit_code, 1);
  EXPECT_EQ(close.err,
            "decnet ttp-rules test: there is no rule 'R0041' in pack; did you mean "
            "R0014?\n");
  EXPECT_THAT(test({"\x1b[31m"}).err, HasSubstr("there is no rule '\\x1b[31m' in pack\n"));
  EXPECT_THAT(test({"R0099"}).err, HasSubstr("'R0099' does not load: pack/R0099.yaml:1: expected"));
}

TEST_F(TtpRulesTest, ABrokenFileIsAFailureToo) {
  rule("A", "cat", "tests: {fires: [cat]}\n");
  directory_.write("pack/B.yaml", "rule_id: 5\n");
  const auto finished = test({});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("pack/B.yaml:1: error: rule_id: expected"));
  EXPECT_EQ(finished.out, "1 sample of 1 rule: all as wanted\n");
}

TEST_F(TtpRulesTest, ARuleThatNobodyEvaluatesIsNotJudged) {
  directory_.write("pack/A.yaml",
                   "rule_id: A\nrule_version: 1\nname: n\napplies_to: [session]\nmatch:\n  kind: "
                   "lifter:intel_aggregate_bump\nemits: [{technique_id: T1071, tactic: TA0011, "
                   "confidence: 0.9}]\ntests: {fires: [{jarm: x}]}\n");
  const auto finished = test({});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out,
            "0 samples of 0 rules: all as wanted\n"
            "not judged, no lifter of this release evaluates them: A\n");
}

// A mistyped directory is not to pass in somebody's CI.
TEST_F(TtpRulesTest, ADirectoryWithoutRulesFails) {
  directory_.write("pack/README.md", "none here\n");
  const auto finished = test({});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("pack: there is no rule to test"));
  EXPECT_EQ(finished.out, "");
}

TEST_F(TtpRulesTest, TellsProgramsTheSame) {
  rule("A", "cat", "tests: {fires: [ls], silent: [cat x]}\n");
  rule("B", "ls", "");
  const auto finished = test({"--json"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out,
            R"({"rules":1,"samples":2,"failures":[)"
            R"({"rule":"A","path":"pack/A.yaml","line":14,"list":"fires","index":0,"sample":"ls",)"
            R"("outcome":"silent","matched":null,"others":["B"]},)"
            R"({"rule":"A","path":"pack/A.yaml","line":14,"list":"silent","index":0,)"
            R"("sample":"cat x","outcome":"fired","matched":"cat","others":[]}],)"
            R"("not_judged":[],"without_samples":["B"]})"
            "\n");
}

TEST_F(TtpRulesTest, HostileSamplesAreShownHarmless) {
  rule("A", "cat", "tests: {fires: [\"\\e[31m\", {\"\\e]0;x\\a\": 1}]}\n");
  const auto shown = run({.arguments = {program().string(), "ttp-rules", "test", "--rules", "pack"},
                          .environment = {{"NO_COLOR", "1"}},
                          .directory = directory_.path(),
                          .terminal = true});
  EXPECT_EQ(shown.exit_code, 1);
  EXPECT_THAT(shown.out, HasSubstr("is silent on '\\x1b[31m'"));
  EXPECT_THAT(shown.out, Not(HasSubstr("\x1b")));
}

TEST_F(TtpRulesTest, TheShippedPackDoesWhatItsSamplesSay) {
  const auto finished = decnet(directory_.path(), {"ttp-rules", "test", "--rules",
                                                   (source_dir() / "rules" / "ttp").string()});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr(": all as wanted\n"));
  EXPECT_THAT(finished.out, Not(HasSubstr("without samples")));
}

}  // namespace
}  // namespace decnet::test
