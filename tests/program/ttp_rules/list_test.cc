// decnet ttp-rules list, from the outside, over tags stored through the repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "decnet/base/json.h"
#include "decnet/storage/database.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using std::chrono::days;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TtpRulesList : public testing::Test {
 protected:
  Finished list(const std::vector<std::string>& words = {}) const {
    std::vector<std::string> all = {"ttp-rules", "list", "--rules", "rules"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all);
  }
  Json answer(std::vector<std::string> words = {}) const {
    words.emplace_back("--json");
    return Json::parse(list(words).out).value();
  }
  // "rule fires" of each rule.
  std::vector<std::string> fires(const std::vector<std::string>& words = {}) const {
    std::vector<std::string> lines;
    const Json all = answer(words);
    for (const auto& rule : *all.find("rules")->array()) {
      lines.push_back(*rule.find("rule")->string() + " " + rule.find("fires")->dump());
    }
    return lines;
  }
  // A tag of that rule on that event.
  void store(const std::string& rule, const std::string& event, days ago) const {
    auto database =
        storage::open_sqlite(directory_.path() / "decnet.db", storage::OpenMode::kCreate);
    ASSERT_TRUE(database) << database.error().message;
    Tag tag;
    tag.uuid = rule + event;
    tag.source_kind = "command";
    tag.source_id = event;
    tag.attacker_uuid = "a";
    tag.tactic = TacticId("TA0007");
    tag.technique_id = TechniqueId("T1083");
    tag.confidence = 0.9;
    tag.rule_id = RuleId(rule);
    tag.rule_version = 1;
    tag.attack_release = "v19";
    tag.created_at = system_clock().now() - ago;
    ASSERT_TRUE((*database)->repository().insert_tags(std::vector{tag}));
  }
  TempDir directory_;
  std::filesystem::path rules_ = write_rules(directory_);
};

TEST_F(TtpRulesList, IsATableOfRules) {
  const auto finished = list();
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_EQ(finished.out,
            "rule   version  name        kinds               techniques  state    fires\n"
            "X0001        1  rule_X0001  command             T1083       enabled\n"
            "X0002        1  rule_X0002  command             T1070.003   enabled\n"
            "X0003        1  rule_X0003  command             T1003.008   enabled\n"
            "X0004        1  rule_X0004  canary_fingerprint  T1059       enabled\n"
            "4 rules of rules; fires not counted, there is no decnet.db\n");
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "decnet.db"));
}

TEST_F(TtpRulesList, CountsTheEventsOfTheLastDays) {
  store("X0001", "1", days(1));
  store("X0001", "2", days(20));
  store("X0003", "1", days(40));
  store("gone", "1", days(1));
  EXPECT_THAT(fires(), ElementsAre("X0001 2", "X0002 0", "X0003 0", "X0004 0"));
  EXPECT_THAT(fires({"--days", "7"}), ElementsAre("X0001 1", "X0002 0", "X0003 0", "X0004 0"));
  EXPECT_THAT(fires({"-d365"}), ElementsAre("X0001 2", "X0002 0", "X0003 1", "X0004 0"));
  EXPECT_THAT(list().out, AllOf(HasSubstr("enabled      2\n"),
                                HasSubstr("4 rules of rules; fires of 30 days, decnet.db\n")));
}

TEST_F(TtpRulesList, SaysWhoseBudgetRanOut) {
  directory_.write("rules/X0009.yaml",
                   "rule_id: X0009\nrule_version: 1\nname: costly\napplies_to: [command]\nmatch:\n"
                   "  pattern: 'find /(?=(?:\\w+/?)+!).*y'\nemits:\n"
                   "- {technique_id: T1083, tactic: TA0007, confidence: 0.9}\n");
  const auto log = directory_.write(
      "cowrie.json", R"({"eventid":"cowrie.command.input","timestamp":"2026-03-05T10:00:00Z",)"
                     R"("src_ip":"192.0.2.7","session":"s","sensor":"trap","input":"find /)" +
                         std::string(300, 'a') + R"(? y !"})" + "\n");
  ASSERT_EQ(decnet(directory_.path(), {"import", "cowrie", log.string()}).exit_code, 0);
  for (const std::string expected : {"1", "2"}) {
    const auto replayed = decnet(directory_.path(), {"ttp-backfill", "--since-days", "3650",
                                                     "--source", "command", "--rules", "rules"});
    ASSERT_EQ(replayed.exit_code, 0) << replayed.err;
    const Json all = answer();
    const Json& rule = all.find("rules")->array()->back();
    EXPECT_EQ(*rule.find("rule"), Json("X0009"));
    EXPECT_EQ(rule.find("exhausted")->dump(), expected);
  }
  EXPECT_THAT(list().out, HasSubstr("ran out of its budget of steps on 2 events, last on 20"));
}

TEST_F(TtpRulesList, TellsProgramsMore) {
  store("X0001", "1", days(1));
  const Json all = answer();
  EXPECT_EQ(*all.find("attack_release"), Json("v19"));
  EXPECT_EQ(*all.find("database"), Json("decnet.db"));
  const Json& rule = all.find("rules")->array()->front();
  EXPECT_EQ(rule.find("kinds")->dump(), R"(["command"])");
  EXPECT_EQ(rule.find("techniques")->dump(), R"(["T1083"])");
  EXPECT_EQ(rule.find("state")->dump(),
            R"({"state":"enabled","confidence_max":null,"expires_at":null,"reason":null,)"
            R"("set_by":null,"set_at":null})");
  EXPECT_EQ(*rule.find("path"), Json("rules/X0001.yaml"));
  EXPECT_EQ(*rule.find("line"), Json(1));
  EXPECT_EQ(*rule.find("tags"), Json(1));
  EXPECT_TRUE(rule.find("last_fired")->string() != nullptr);
}

TEST_F(TtpRulesList, SaysWhichRulesCannotFireAndWhichFilesAreBroken) {
  directory_.write(
      "rules/X0005.yaml",
      "rule_id: X0005\nrule_version: 1\nname: n\napplies_to: [session]\nmatch:\n"
      "  kind: lifter:intel_aggregate_bump\nemits:\n- {technique_id: T1071, tactic: TA0011, "
      "confidence: 0.9}\n");
  directory_.write("rules/X0006.yaml", "rule_id: 5\n");
  const auto finished = list();
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("enabled         no lifter of this release evaluates it\n"));
  EXPECT_THAT(finished.out, HasSubstr("\n5 rules of rules; "));
  EXPECT_THAT(finished.out, HasSubstr("\nrules/X0006.yaml:1: error: rule_id: expected an id"));
  const Json all = answer();
  EXPECT_EQ(*all.find("rules")->array()->back().find("silent"),
            Json("no lifter of this release evaluates it"));
  EXPECT_EQ(all.find("problems")->array()->size(), 6U);
}

// Rules that only an operator's data make whole.
TEST_F(TtpRulesList, SaysWhatRulesLack) {
  directory_.write("rules/X0005.yaml",
                   "rule_id: X0005\nrule_version: 1\nname: n\napplies_to: [canary_fingerprint]\n"
                   "match:\n  kind: lifter:canary_webrtc_leak\nemits: []\n");
  directory_.write("rules/X0006.yaml",
                   "rule_id: X0006\nrule_version: 1\nname: n\napplies_to: [canary_fingerprint]\n"
                   "match:\n  kind: lifter:canary_automation_hash\nemits: []\n");
  const auto lacking = [this](int place, const std::map<std::string, std::string>& settings) {
    const auto shown =
        decnet(directory_.path(), {"ttp-rules", "list", "--rules", "rules", "--json"}, settings);
    const auto all = Json::parse(shown.out);
    if (!all) return shown.err;
    return all->find("rules")->array()->at(static_cast<std::size_t>(place)).find("lacking")->dump();
  };
  EXPECT_THAT(list().out,
              AllOf(HasSubstr("only where the event says so itself: no country database "
                              "(DECNET_GEOIP_DATABASE)"),
                    HasSubstr("only where the event says so itself: no hashes of driven browsers "
                              "(browser_tools.tsv in "
                              "DECNET_TTP_CATALOGUES_DIR)")));
  EXPECT_EQ(lacking(0, {}), "null");
  EXPECT_EQ(lacking(4, {}), R"x("no country database (DECNET_GEOIP_DATABASE)")x");
  directory_.write("lists/browser_tools.tsv", "canvas\tc0ffee\tpuppeteer\n");
  EXPECT_EQ(lacking(5, {{"DECNET_TTP_CATALOGUES_DIR", "lists"}}), "null");
  EXPECT_THAT(decnet(directory_.path(), {"ttp-rules", "show", "X0005", "--rules", "rules"}).out,
              HasSubstr("  fires only where the event says so itself: no country database "
                        "(DECNET_GEOIP_DATABASE)\n"));
}

// What an event would be judged by is not needed to look rules up.
TEST_F(TtpRulesList, ACountryDatabaseThatCannotBeReadIsLacking) {
  directory_.write("rules/X0005.yaml",
                   "rule_id: X0005\nrule_version: 1\nname: n\napplies_to: [canary_fingerprint]\n"
                   "match:\n  kind: lifter:canary_webrtc_leak\nemits: []\n");
  const std::map<std::string, std::string> broken = {{"DECNET_GEOIP_DATABASE", "none.mmdb"},
                                                     {"DECNET_TTP_CATALOGUES_DIR", "no/lists"}};
  const std::vector<std::vector<std::string>> commands = {
      {"ttp-rules", "list", "--rules", "rules"},
      {"ttp-rules", "show", "X0005", "--rules", "rules"}};
  for (const auto& words : commands) {
    const auto shown = decnet(directory_.path(), words, broken);
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("no country database (DECNET_GEOIP_DATABASE)"));
    EXPECT_THAT(shown.err, AllOf(HasSubstr("none.mmdb: "), HasSubstr("no/lists: ")));
  }
}

TEST_F(TtpRulesList, ADatabaseThatCannotBeReadIsAFailure) {
  directory_.write("decnet.db", "no database, but long enough to be looked at as if it were one");
  const auto finished = list();
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("decnet ttp-rules list: decnet.db: "));
}

TEST_F(TtpRulesList, HostileRulesAreShownHarmless) {
  directory_.write("rules/X0009.yaml",
                   "rule_id: X0009\nrule_version: 1\nname: \"\\e[31mred\"\napplies_to: "
                   "[\"\\e]0;x\\a\"]\nmatch: {pattern: x}\nemits: []\n");
  for (const char* form : {"-d1", "--json"}) {
    const auto shown =
        run({.arguments = {program().string(), "ttp-rules", "list", "--rules", "rules", form},
             .environment = {{"NO_COLOR", "1"}},
             .directory = directory_.path(),
             .terminal = true});
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(shown.out, Not(HasSubstr("\x1b")));
  }
}

TEST_F(TtpRulesList, NoRulesAreAnEmptyTable) {
  std::filesystem::remove_all(rules_);
  EXPECT_EQ(list().exit_code, 0);
  EXPECT_THAT(list().out, HasSubstr("\n0 rules of rules; "));
}

}  // namespace
}  // namespace decnet::test
