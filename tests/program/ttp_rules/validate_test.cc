// decnet ttp-rules validate, from the outside.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class TtpRulesValidate : public testing::Test {
 protected:
  Finished validate(const std::vector<std::string>& words, const std::string& input = {},
                    const std::map<std::string, std::string>& environment = {}) const {
    std::vector<std::string> all = {"ttp-rules", "validate"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all, environment, input);
  }
  TempDir directory_;
};

struct Mistake {
  std::string name;  // of the file, and its rule
  std::size_t line;  // of the problem, and what stands there instead (nothing: left out)
  std::string text;
  std::string message;
};

const std::vector<std::string> kGood = {
    "rule_id: ?",                          // 1, the file's name
    "rule_version: 1",                     // 2
    "name: reads_accounts",                // 3
    "applies_to: [command]",               // 4
    "match:",                              // 5
    "  pattern: '\\bcat /etc/passwd\\b'",  // 6
    "emits:",                              // 7
    "  - technique_id: T1087",             // 8
    "    sub_technique_id: T1087.001",     // 9
    "    tactic: TA0007",                  // 10
    "    confidence: 0.9",                 // 11
    "evidence_fields: [command_text]",     // 12
};

std::string with(const Mistake& mistake) {
  std::string yaml;
  for (std::size_t i = 0; i < kGood.size(); ++i) {
    std::string line = i == 0 ? "rule_id: " + mistake.name : kGood[i];
    if (i + 1 == mistake.line) line = mistake.text;
    yaml += line + "\n";
  }
  return yaml;
}

const std::vector<Mistake> kTwenty = {
    {"A01", 1, "rule_id: A.01", "error: rule_id: expected an id such as R0060"},
    {"A02", 2, "rule_version: 010", "error: rule_version: expected a whole number"},
    {"A03", 3, "name: no", "error: name: expected a short name, found the boolean no"},
    {"A04", 4, "applies_to: command", "error: applies_to: expected a list of source kinds"},
    {"A05", 4, "applies_to: [comand]", "error: applies_to[0]: 'comand' is no known source kind"},
    {"A06", 4, "applies_to: [session]", "error: match.field: missing; kind session"},
    {"A07", 6, "  pattern: 'cat (/etc'", "error: match.pattern: "},
    {"A08", 6, "  patern: 'cat'", "error: match.pattern: missing"},
    {"A09", 6, "  kind: lifter:canary_webdrivr", "did you mean lifter:canary_webdriver?"},
    {"A10", 7, "emits: T1087", "error: not YAML: "},
    {"A11", 8, "  - technique_id: T1087.001", "error: A11: emits[0].technique_id: "},
    {"A12", 8, "  - technique_id: T8087", "error: A12: emits[0] (T8087).sub_technique_id"},
    {"A13", 9, "    sub_technique_id: T1087.999", "error: A13: T1087.999 is unknown to ATT&CK"},
    {"A14", 10, "    tactic: discovery", "error: A14: emits[0] (T1087).tactic: expected a tactic"},
    {"A15", 10, "    tactic: TA0099", "error: A15: tactic TA0099 is unknown to ATT&CK"},
    {"A16", 11, "    confidence: 90", "found the number 90; is it 0.9?"},
    {"A17", 11, "    confidence: high", "found the text 'high'"},
    {"A18", 12, "evidence_feilds: [command_text]", "did you mean evidence_fields?"},
    {"A19", 12, "evidence_fields: \"[\\command]\"", "error: not YAML: "},
    {"A20", 12, "name: again", "error: the key 'name' again; it is already on line 3"},
};

TEST_F(TtpRulesValidate, TwentyMistakesAreTwentyLocatedProblems) {
  for (const auto& mistake : kTwenty) {
    directory_.write("pack/" + mistake.name + ".yaml", with(mistake));
  }
  const auto finished = validate({"--strict", "pack"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, IsEmpty());

  std::vector<std::string> lines;
  for (std::size_t at = 0; at < finished.out.size();) {
    const auto end = finished.out.find('\n', at);
    lines.push_back(finished.out.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_THAT(lines, SizeIs(kTwenty.size() + 1)) << finished.out;
  for (std::size_t i = 0; i < kTwenty.size(); ++i) {
    const auto& mistake = kTwenty[i];
    EXPECT_THAT(lines[i], StartsWith(fmt::format("pack/{}.yaml:", mistake.name)));
    EXPECT_THAT(lines[i], HasSubstr(mistake.message));
  }
  EXPECT_EQ(lines.back(), "20 files, 5 rules: 20 errors");
}

// Whatever is wrong on a line is told on that line, but for what is missing and must be told where
// it should be.
TEST_F(TtpRulesValidate, ProblemsStandOnTheLineOfTheMistake) {
  for (const auto& mistake : kTwenty) {
    if (mistake.name == "A06" || mistake.name == "A10" || mistake.name == "A12") continue;
    directory_.write("a.yaml", with(mistake));
    EXPECT_THAT(validate({"--strict", "a.yaml"}).out,
                StartsWith(fmt::format("a.yaml:{}: error: ", mistake.line)))
        << mistake.name;
  }
}

TEST_F(TtpRulesValidate, AGoodPackIsGoodAndItsRulesAreCounted) {
  write_rules(directory_);
  const auto finished = validate({"--strict", "rules"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "4 files, 4 rules: no problems\n");
  EXPECT_THAT(finished.err, IsEmpty());
}

TEST_F(TtpRulesValidate, WarningsAreNoErrorsUnlessStrict) {
  directory_.write("a.yaml", rule_text("A", "x", "T1086", "TA0002"));
  const auto lenient = validate({"a.yaml"});
  EXPECT_EQ(lenient.exit_code, 0);
  EXPECT_THAT(lenient.out, StartsWith("a.yaml:11: warning: A: T1086 is revoked in ATT&CK v19; tags "
                                      "store its successor T1059.001"));
  EXPECT_THAT(lenient.out, HasSubstr("\n1 file, 1 rule: 0 errors, 1 warning\n"));
  const auto strict = validate({"--strict", "a.yaml"});
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_THAT(strict.out, HasSubstr("\n1 file, 1 rule: 1 error\n"));
}

TEST_F(TtpRulesValidate, APairThatAttackDoesNotListIsAWarningForTheStrictAlone) {
  directory_.write("a.yaml", rule_text("A", "x", "T1029", "TA0011"));
  EXPECT_EQ(validate({"a.yaml"}).out, "1 file, 1 rule: no problems\n");
  const auto strict = validate({"--strict", "a.yaml"});
  EXPECT_EQ(strict.exit_code, 0);
  EXPECT_THAT(strict.out, HasSubstr("warning: A: TA0011 is not among the tactics of T1029"));
}

TEST_F(TtpRulesValidate, TellsProgramsTheSame) {
  directory_.write("a.yaml", "rule_id: 5\n");
  const auto finished = validate({"--json", "a.yaml"});
  EXPECT_EQ(finished.exit_code, 1);
  const auto answer = Json::parse(finished.out);
  ASSERT_TRUE(answer) << finished.out;
  EXPECT_EQ(*answer->find("valid"), Json(false));
  EXPECT_EQ(*answer->find("files"), Json(1));
  EXPECT_EQ(*answer->find("rules"), Json(0));
  EXPECT_EQ(*answer->find("errors"), Json(6));
  EXPECT_EQ(answer->find("problems")->array()->front().dump(),
            R"({"path":"a.yaml","line":1,"severity":"error","message":"rule_id: expected an id )"
            R"(such as R0060, found the number 5; write it in quotes"})");
}

TEST_F(TtpRulesValidate, StandardInputIsARule) {
  const auto good = validate({"-"}, rule_text("A", "x", "T1083", "TA0007"));
  EXPECT_EQ(good.exit_code, 0) << good.out;
  const auto bad = validate({"-"}, "rule_id: [\n");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, StartsWith("<stdin>:1: error: not YAML: "));
  EXPECT_EQ(validate({"-"}, std::string((1 << 20) + 1, '#')).err,
            "decnet ttp-rules validate: standard input: larger than 1048576 bytes\n");
}

// As a shell makes them: /dev/fd/63, without a name that a worker would read.
TEST_F(TtpRulesValidate, APipeThatWasNamedIsARule) {
  directory_.write("X0001.yaml", with({"X0001", 0, "", ""}));
  directory_.write("X0002.yaml", with(kTwenty[6]));
  const auto piped =
      run({.arguments = {"/bin/bash", "-c",
                         program().string() + " ttp-rules validate --strict <(cat X0001.yaml) "
                                              "<(cat X0002.yaml)"},
           .directory = directory_.path()});
  EXPECT_EQ(piped.exit_code, 1);
  EXPECT_THAT(piped.err, IsEmpty());
  EXPECT_THAT(piped.out, StartsWith("/dev/fd/"));
  EXPECT_THAT(piped.out, HasSubstr(":6: error: match.pattern: "));
  EXPECT_THAT(piped.out, HasSubstr("2 files, 1 rule: 1 error\n"));
}

TEST_F(TtpRulesValidate, APipeInADirectoryIsNotWaitedFor) {
  directory_.write("pack/X0001.yaml", with({"X0001", 0, "", ""}));
  ASSERT_EQ(mkfifo((directory_.path() / "pack/X0002.yaml").c_str(), 0600), 0);
  EXPECT_THAT(validate({"pack"}).out, HasSubstr("pack/X0002.yaml: "));
}

TEST_F(TtpRulesValidate, WhatCannotBeReadIsAProblem) {
  const auto finished = validate({"nowhere", "."});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out,
            "nowhere: warning: a directory's files are read only when the name is letters, digits "
            "and underscores, then .yaml or .yml; this one is left alone\n"
            "nowhere: error: No such file or directory\n.: warning: holds no rule files\n"
            "1 file, 0 rules: 1 error, 2 warnings\n");
}

TEST_F(TtpRulesValidate, HostileFilesAreShownHarmless) {
  directory_.write("pack/a.yaml", "rule_id: \"R\\e[2J\"\n");
  directory_.write("pack/\x1b[31m.yaml", "x");
  directory_.write("pack/b.yaml", std::string("\x00\xff\xfe", 3));
  for (const bool terminal : {false, true}) {
    for (const char* form : {"--strict", "--json"}) {
      const auto shown =
          run({.arguments = {program().string(), "ttp-rules", "validate", form, "pack"},
               .environment = {{"NO_COLOR", "1"}},
               .directory = directory_.path(),
               .terminal = terminal});
      EXPECT_EQ(shown.exit_code, 1);
      EXPECT_THAT(shown.out, Not(HasSubstr("\x1b")));
    }
  }
}

TEST_F(TtpRulesValidate, ColoursAreForTerminals) {
  directory_.write("a.yaml", "rule_id: 5\n");
  const auto shown = run({.arguments = {program().string(), "ttp-rules", "validate", "a.yaml"},
                          .environment = {{"TERM", "xterm"}},
                          .directory = directory_.path(),
                          .terminal = true});
  EXPECT_THAT(shown.out, HasSubstr("\x1b[31merror\x1b[0m"));
  EXPECT_THAT(validate({"a.yaml"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(TtpRulesValidate, NeedsAPath) {
  const auto finished = validate({});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err, HasSubstr("decnet ttp-rules validate: PATH is missing\n"
                                      "Usage: decnet ttp-rules validate [OPTIONS] PATH...\n"));
}

TEST_F(TtpRulesValidate, IsRefusedOnAnAgent) {
  const auto finished = validate({"."}, {}, {{"DECNET_MODE", "agent"}});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, HasSubstr("`decnet ttp-rules` is a master-only command"));
}

}  // namespace
}  // namespace decnet::test
