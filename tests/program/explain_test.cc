// decnet ttp-explain, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Explain : public testing::Test {
 protected:
  Finished explain(const std::vector<std::string>& words, const std::string& input = {},
                   std::map<std::string, std::string> environment = {}) const {
    environment.try_emplace("DECNET_TTP_RULES_DIR", rules_.string());
    std::vector<std::string> all = {"ttp-explain"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all, environment, input);
  }
  // "rule technique" of each tag that --json tells.
  std::vector<std::string> tags(const std::vector<std::string>& words,
                                const std::string& input = {}) const {
    auto all = words;
    all.emplace_back("--json");
    const auto finished = explain(all, input);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const auto answer = Json::parse(finished.out);
    std::vector<std::string> out;
    if (!answer || answer->find("tags") == nullptr) return {"no answer: " + finished.out};
    for (const auto& tag : *answer->find("tags")->array()) {
      out.push_back(*tag.find("rule")->string() + " " + *tag.find("technique")->string());
    }
    return out;
  }
  TempDir directory_;
  std::filesystem::path rules_ = write_rules(directory_);
};

TEST_F(Explain, SaysWhatFiresWhereAndWhy) {
  const auto finished = explain({"id; cat /etc/passwd"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, AllOf(HasSubstr("X0001 rule_X0001, version 1\n"),
                                  HasSubstr("  matched at bytes 4 to 19 of command_text\n"
                                            "    id; cat /etc/passwd\n"
                                            "        ^^^^^^^^^^^^^^^\n"),
                                  HasSubstr("T1083 File and Directory Discovery, Discovery TA0007, "
                                            "confidence 0.85\n"),
                                  HasSubstr("  evidence {")));
}

TEST_F(Explain, NothingFiringIsNoFailure) {
  const auto finished = explain({"echo hello"});
  EXPECT_EQ(finished.out, "no rule fires (4 rules, kind command)\n");
  EXPECT_EQ(finished.exit_code, 0);
}

TEST_F(Explain, JsonSaysTheSameForAProgram) {
  const auto answer = Json::parse(explain({"--json", "id; cat /etc/passwd"}).out);
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer->find("attack_release")->string(), "v19");
  const auto& matches = *answer->find("matches")->array();
  const auto passwd = std::find_if(matches.begin(), matches.end(), [](const Json& match) {
    return *match.find("rule")->string() == "X0001";
  });
  ASSERT_NE(passwd, matches.end());
  EXPECT_EQ(*passwd->find("begin")->integer(), 4);
  EXPECT_EQ(*passwd->find("end")->integer(), 19);
  EXPECT_EQ(*passwd->find("matched")->string(), "cat /etc/passwd");
}

TEST_F(Explain, TheShippedRulesAreFoundByThemselves) {
  const TempDir elsewhere;
  const auto finished = decnet(elsewhere.path(), {"ttp-explain", "wget http://192.0.2.1/x"});
  EXPECT_THAT(finished.out, HasSubstr("T1105"));
  EXPECT_THAT(finished.err, IsEmpty());
}

TEST_F(Explain, ReadsStandardInputAsOneText) {
  EXPECT_THAT(tags({}, "echo a\ncat /etc/passwd\n"), testing::Contains("X0001 T1083"));
  EXPECT_THAT(tags({"-"}, "cat /etc/passwd"), ElementsAre("X0001 T1083"));
  EXPECT_THAT(tags({}, ""), IsEmpty());
}

TEST_F(Explain, BytesOfAnySortCostNothing) {
  using namespace std::string_literals;
  for (const auto& text : {"cat /etc/passwd\0; ls"s, "cat /etc/passwd \xFF\xC0\xAF"s,
                           "\xE2\x82; cat /etc/passwd"s, "\x1b[31mcat /etc/passwd\x1b[0m"s,
                           "cat /etc/passwd; "s + std::string(std::size_t{1} << 20, 'a')}) {
    EXPECT_THAT(tags({}, text), testing::Contains("X0001 T1083")) << text.substr(0, 40);
    const auto finished = explain({}, text);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_LT(finished.out.size(), 8000U);
  }
}

TEST_F(Explain, NoControlCharacterOfTheTextReachesATerminal) {
  const std::string hostile =
      "cat /etc/passwd \x1b[2J\x07 \xC2\x9B"
      "31m \xE2\x80\xAE\r";
  for (const bool json : {false, true}) {
    CommandLine command{
        .arguments = {program().string(), "ttp-explain"},
        .environment = {{"DECNET_TTP_RULES_DIR", rules_.string()}, {"NO_COLOR", "1"}},
        .directory = directory_.path(),
        .input = hostile,
        .terminal = true};
    if (json) command.arguments.emplace_back("--json");
    const auto shown = run(command).out;
    EXPECT_THAT(shown, HasSubstr("X0001"));
    EXPECT_THAT(shown, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")),
                             Not(HasSubstr("\xC2\x9B")), Not(HasSubstr("\xE2\x80\xAE"))));
    EXPECT_EQ(std::count(shown.begin(), shown.end(), '\r'),
              std::count(shown.begin(), shown.end(), '\n'));
  }
}

TEST_F(Explain, MarksTheMatchOnATerminal) {
  const auto shown = run({.arguments = {program().string(), "ttp-explain", "cat /etc/passwd"},
                          .environment = {{"DECNET_TTP_RULES_DIR", rules_.string()}},
                          .directory = directory_.path(),
                          .terminal = true})
                         .out;
  EXPECT_THAT(shown, HasSubstr("\x1b[1;4;31mcat /etc/passwd\x1b[0m"));
}

TEST_F(Explain, TakesThePayloadOfAnyKind) {
  EXPECT_THAT(tags({"--kind", "command", R"({"command_text": "cat /etc/passwd"})"}),
              ElementsAre("X0001 T1083"));
  EXPECT_THAT(tags({"--kind=canary_fingerprint"}, R"({"navigator_webdriver": true})"),
              ElementsAre("X0004 T1059"));
}

struct Refusal {
  std::string name;
  std::vector<std::string> words;
  int exit_code;
  std::string told;
};

class ExplainRefuses : public Explain, public testing::WithParamInterface<Refusal> {};

TEST_P(ExplainRefuses, InOneLine) {
  const auto finished = explain(GetParam().words);
  EXPECT_EQ(finished.exit_code, GetParam().exit_code);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, testing::StartsWith("decnet ttp-explain: " + GetParam().told));
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
}

INSTANTIATE_TEST_SUITE_P(
    , ExplainRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {"UnknownKind", {"--kind", "bananas", "{}"}, 2, "--kind: unknown kind 'bananas'; known: "},
        {"KindToCome",
         {"--kind", "opencanary", "{}"},
         2,
         "--kind: kind opencanary stands for several"},
        {"NoJson", {"--kind", "email", "{"}, 1, "the payload is no JSON object: "},
        {"NoObject", {"--kind", "email", "[]"}, 1, "the payload is no JSON object"},
        {"LinesAndText", {"--jsonl", "ls"}, 2, "--jsonl takes neither"},
    }),
    [](const auto& c) { return c.param.name; });

TEST_F(Explain, AWrongRuleFileIsNamedAndTheOthersLoad) {
  directory_.write("mine/good.yaml", rule_text("Y0001", "alpha", "T1082", "TA0007"));
  directory_.write("mine/bad.yaml", rule_text("Y0002", "(beta", "T1082", "TA0007"));
  const auto finished = explain({"--rules", "mine", "alpha"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, HasSubstr("mine/bad.yaml:"));
  EXPECT_THAT(finished.out, HasSubstr("Y0001"));
}

TEST_F(Explain, IdsThatTheCatalogueDoesNotKnowAreWarnedOfInModeration) {
  for (int i = 10; i < 25; ++i) {
    const auto id = "Y00" + std::to_string(i);
    directory_.write("mine/" + id + ".yaml", rule_text(id, "alpha", "T9999", "TA0007"));
  }
  const auto finished = explain({"alpha"}, {}, {{"DECNET_TTP_RULES_DIR", "mine"}});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, HasSubstr("T9999 is unknown to ATT&CK v19"));
  EXPECT_THAT(finished.err, HasSubstr("and 5 more warnings of that sort"));
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 11);
  EXPECT_THAT(finished.out, HasSubstr("T9999 (not in this ATT&CK release)"));
}

TEST_F(Explain, WhatIsDoubtfulInAFileIsToldToWhoNamesTheDirectory) {
  auto text = rule_text("Y0001", "alpha", "T1082", "TA0007");
  text.replace(text.find("[command]"), 9, "[commandd, command]");
  directory_.write("mine/Y0001.yaml", text);
  EXPECT_THAT(explain({"--rules", "mine", "alpha"}).err,
              AllOf(HasSubstr("mine/Y0001.yaml:"), HasSubstr("commandd"), HasSubstr("(warning)")));
  EXPECT_THAT(explain({"alpha"}, {}, {{"DECNET_TTP_RULES_DIR", "mine"}}).err, IsEmpty());
}

// "No rule fires" would be taken for an answer.
TEST_F(Explain, NothingIsJudgedWithoutRules) {
  const auto finished = explain({"--rules", "nowhere", "cat /etc/passwd"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("no rules loaded: nowhere is no directory"));
  EXPECT_THAT(finished.err, HasSubstr("there is no rule to judge by"));
  EXPECT_EQ(finished.out, "");
}

TEST_F(Explain, ADamagedCatalogueIsRefusedByName) {
  const auto bundle = directory_.write("bundle.json", "{\"type\": \"bundle\"").string();
  const auto finished = explain({"ls"}, {}, {{"DECNET_ATTACK_BUNDLE", bundle}});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, testing::StartsWith("decnet ttp-explain: " + bundle + ": "));
}

TEST_F(Explain, WhatThisReleaseLacksIsRefusedByName) {
  for (const auto* name : {"DECNET_TTP_TAGGER_TYPE", "DECNET_TTP_RULE_STORE_TYPE"}) {
    const auto finished = explain({"ls"}, {}, {{name, "bananas"}});
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, AllOf(HasSubstr(name), HasSubstr("'bananas'")));
  }
  EXPECT_EQ(explain({"ls"}, {}, {{"DECNET_TTP_TAGGER_TYPE", " Composite "}}).exit_code, 0);
}

TEST_F(Explain, TheReleaseTextCanBeSet) {
  const auto finished = explain({"--json", "ls"}, {}, {{"DECNET_TTP_ATTACK_RELEASE", "v15.1"}});
  EXPECT_THAT(finished.out, HasSubstr(R"("attack_release":"v15.1")"));
}

TEST_F(Explain, NamesARuleThatAnOperatorDisabled) {
  const auto typed =
      decnet(directory_.path(), {"ttp-rules", "disable", "X0001", "--reason", "backup reads it"},
             {{"DECNET_TTP_RULES_DIR", "rules"}, {"DECNET_TESTING", "1"}});
  ASSERT_EQ(typed.exit_code, 0) << typed.err;
  const auto finished = explain({"cat /etc/shadow"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, AllOf(HasSubstr("X0003 rule_X0003"), Not(HasSubstr("T1083")),
                                  ContainsRegex("\nX0001 matches, but is disabled, by [^\n]*: "
                                                "backup reads it\n")));
  EXPECT_THAT(explain({"--json", "cat /etc/shadow"}).out, HasSubstr(R"("silenced":["X0001"])"));
  EXPECT_THAT(explain({"--json", "history -c"}).out, HasSubstr(R"("silenced":[])"));
}

}  // namespace
}  // namespace decnet::test
