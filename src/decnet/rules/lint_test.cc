#include "decnet/rules/lint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/rules/loader.h"
#include "decnet/rules/match_kinds.h"
#include "tests/test_main.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "line: message" of each warning about a rule that loads.
std::vector<std::string> warnings(const std::string& match, const std::string& rest = {},
                                  const std::string& kind = "command") {
  const std::string yaml =
      "rule_id: R1\nrule_version: 1\nname: n\napplies_to: [" + kind + "]\nmatch: " + match +
      "\nemits:\n- {technique_id: T1083, tactic: TA0007, confidence: 0.9}\n" + rest;
  std::vector<Problem> problems;
  const auto definition = read_definition(yaml, "a.yaml", problems);
  EXPECT_TRUE(definition) << (problems.empty() ? "" : problems.front().text());
  if (!definition) return {};
  std::vector<std::string> lines;
  for (const Problem& problem : lint(yaml, *definition)) {
    EXPECT_EQ(problem.severity, Problem::Severity::kWarning);
    EXPECT_EQ(problem.path, "a.yaml");
    lines.push_back(std::to_string(problem.line) + ": " + problem.message);
  }
  return lines;
}

TEST(Lint, KeysOfOthersAreTheirBusiness) {
  EXPECT_THAT(warnings("{pattern: x, threshold: 5}", "author: bob\nreferences: [a]\nid: 5\n"),
              IsEmpty());
}

struct Slip {
  std::string name;
  std::string match;
  std::string rest;
  std::string warning;
};

class Slips : public testing::TestWithParam<Slip> {};

TEST_P(Slips, AreNamedWithWhatWasMeant) {
  EXPECT_THAT(warnings(GetParam().match, GetParam().rest), ElementsAre(GetParam().warning));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, Slips,
    testing::ValuesIn(std::vector<Slip>{
        {"Evidence", "{pattern: x}", "evidence_feilds: [a]\n",
         "8: 'evidence_feilds': ignored; did you mean evidence_fields?"},
        {"Tests", "{pattern: x}", "test: {fires: [x]}\n",
         "8: 'test': ignored; did you mean tests?"},
        {"Field", "{pattern: x, feild: raw_url}", "",
         "5: match: 'feild': ignored; did you mean field?"},
        {"SubTechnique", "{pattern: x}",
         "- {technique_id: T1110, subtechnique_id: T1110.001, tactic: TA0006, confidence: 0.9}\n",
         "8: emits: 'subtechnique_id': ignored; did you mean sub_technique_id?"},
        {"Kind", "{kind: 'lifter:canary_webdrivr'}", "",
         "5: match.kind: the canary_fingerprint lifter knows no 'lifter:canary_webdrivr'; the rule "
         "loads and never fires; did you mean lifter:canary_webdriver?"},
        {"KindOfAnotherOwner", "{kind: 'lifter:intel_reuse'}", "",
         "5: match.kind: the intel lifter knows no 'lifter:intel_reuse'; the rule loads and never "
         "fires; did you mean lifter:credential_reuse?"},
        {"NobodysKind", "{kind: 'lifter:email_horoscope'}", "",
         "5: match.kind: the email lifter knows no 'lifter:email_horoscope'; the rule loads and "
         "never fires"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Lint, AKeyThatIsThereTooWasNotMeant) {
  EXPECT_THAT(warnings("{pattern: x, field: a, fields: b}", "tests: {fires: [x]}\ntest: 5\n"),
              IsEmpty());
}

TEST(Lint, FieldsOfTheShellAnalysis) {
  EXPECT_THAT(warnings("{pattern: x, field: simple_command, more_fields: [args, decoded]}"),
              IsEmpty());
  EXPECT_THAT(warnings("{pattern: x, field: user}"), IsEmpty());
  EXPECT_THAT(warnings("{pattern: x, field: simple_comand}"),
              ElementsAre("5: match.field: no command has 'simple_comand'; did you mean "
                          "simple_command?"));
  EXPECT_THAT(warnings("{pattern: x, field: argv0}", "", "payload"),
              ElementsAre("5: match.field: argv0 is made of commands alone; the rule never fires "
                          "on payload"));
}

TEST(Lint, ParametersOfALifterAreTheLiftersBusiness) {
  EXPECT_THAT(warnings("{kind: 'lifter:canary_webdriver', feild: x}", "", "canary_fingerprint"),
              IsEmpty());
}

TEST(Lint, KindsThatTheLifterDoesNotJudge) {
  const std::string yaml =
      "rule_id: R1\nrule_version: 1\nname: n\napplies_to:\n- session\n- command\n- comand\n"
      "- intel\nmatch: {kind: 'lifter:behavioral_beaconing'}\n"
      "emits:\n- {technique_id: T1071, tactic: TA0011, confidence: 0.8}\n";
  std::vector<Problem> unused;
  const auto definition = read_definition(yaml, "a.yaml", unused);
  ASSERT_TRUE(definition);
  std::vector<std::string> lines;
  for (const Problem& problem : lint(yaml, *definition)) lines.push_back(problem.text());
  EXPECT_THAT(lines, ElementsAre("a.yaml:6: applies_to[1]: the behavioral lifter judges session, "
                                 "email, http_request alone; the rule never fires on command",
                                 "a.yaml:8: applies_to[3]: the behavioral lifter judges session, "
                                 "email, http_request alone; the rule never fires on intel"));
}

TEST(Lint, PatternsThatMatchEveryText) {
  const std::string warning =
      "5: match.pattern: matches every text; the rule fires on every event of its kinds";
  for (const char* pattern : {"'.*'", "'x*'", "'^'", "'(?i)a|'", "'(?=.?)'"}) {
    EXPECT_THAT(warnings(fmt::format("{{pattern: {}}}", pattern)), ElementsAre(warning)) << pattern;
  }
  for (const char* pattern : {"'.'", "'^$'", "'^\\s*$'", "'a'"}) {
    EXPECT_THAT(warnings(fmt::format("{{pattern: {}}}", pattern)), IsEmpty()) << pattern;
  }
}

TEST(MatchKinds, HaveOwnersAndHoldWhatIsShipped) {
  for (const std::string_view kind : match_kinds()) {
    EXPECT_TRUE(is_match_kind(kind));
    EXPECT_TRUE(!lifter_owner(kind).empty() || is_inert(kind)) << kind;
    EXPECT_EQ(judged_kinds(lifter_owner(kind)).empty(), is_inert(kind)) << kind;
  }
  EXPECT_FALSE(is_match_kind("lifter:"));
  for (const Definition& rule : load_directory(test::source_dir() / "rules" / "ttp").rules) {
    EXPECT_TRUE(rule.is_pattern_rule() || is_match_kind(rule.match_kind)) << rule.match_kind;
  }
}

}  // namespace
}  // namespace decnet::rules
