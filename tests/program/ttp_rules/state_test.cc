// decnet ttp-rules enable, disable, clip and reset, from the outside, on both stores.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "decnet/base/clock.h"
#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class TtpRulesState : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    write_rules(directory_);
    if (GetParam() == "database") {
      ASSERT_EQ(rules({"sync"}).exit_code, 0);
    }
  }
  Finished rules(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"ttp-rules"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all,
                  {{"DECNET_TTP_RULES_DIR", "rules"},
                   {"DECNET_TTP_RULE_STORE_TYPE", GetParam()},
                   {"DECNET_TESTING", "1"}});
  }
  // What `list` says of the rule's state.
  Json state(const std::string& id) const {
    const auto answer = Json::parse(rules({"list", "--json"}).out).value();
    for (const auto& rule : *answer.find("rules")->array()) {
      if (*rule.find("rule")->string() == id) return *rule.find("state");
    }
    return {};
  }
  std::string kind(const std::string& id) const { return *state(id).find("state")->string(); }
  // How long the state of the rule lasts from now on; nothing for ever.
  std::optional<std::chrono::seconds> lasts(const std::string& id) const {
    const Json all = state(id);
    const auto* end = all.find("expires_at")->string();
    if (end == nullptr) return std::nullopt;
    return std::chrono::round<std::chrono::seconds>(parse_time(*end).value() -
                                                    system_clock().now());
  }
  std::string origin() const { return GetParam() == "database" ? "decnet.db" : "rules"; }

  TempDir directory_;
};

INSTANTIATE_TEST_SUITE_P(Stores, TtpRulesState, testing::Values("filesystem", "database"),
                         [](const auto& store) { return store.param; });

TEST_P(TtpRulesState, DisableKeepsWhoAndWhy) {
  const auto finished = rules({"disable", "X0001", "X0002", "--reason", "backup runs find"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_THAT(finished.out, testing::ContainsRegex(
                                "^X0001: disabled, by [^ ]+ since [-0-9]+ [:0-9]+ UTC: backup runs "
                                "find\nX0002: disabled, "));
  EXPECT_EQ(kind("X0001"), "disabled");
  EXPECT_EQ(kind("X0002"), "disabled");
  EXPECT_EQ(kind("X0003"), "enabled");
  EXPECT_EQ(*state("X0001").find("reason"), Json("backup runs find"));
  EXPECT_EQ(lasts("X0001"), std::nullopt);
}

TEST_P(TtpRulesState, ForAWhile) {
  const auto finished = rules({"disable", "X0001", "--for", "4h"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, StartsWith("X0001: disabled until 20"));
  const auto left = lasts("X0001");
  ASSERT_TRUE(left);
  EXPECT_LE(*left, std::chrono::hours(4));
  EXPECT_GT(*left, std::chrono::hours(3));
  EXPECT_THAT(rules({"list"}).out, testing::ContainsRegex("X0001 +1 .* disabled until 20"));
  EXPECT_THAT(rules({"show", "X0001"}).out, HasSubstr("  state       disabled until 20"));
  EXPECT_THAT(rules({"show", "X0001"}).out, HasSubstr("cannot fire: disabled\n"));
}

TEST_P(TtpRulesState, EndsByItself) {
  ASSERT_EQ(rules({"disable", "X0001", "--for", "1s"}).exit_code, 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (kind("X0001") != "enabled" && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(kind("X0001"), "enabled");
}

TEST_P(TtpRulesState, ClipHasACeiling) {
  EXPECT_EQ(rules({"clip", "X0001"}).exit_code, 2);
  EXPECT_THAT(rules({"clip", "X0001"}).err,
              StartsWith("decnet ttp-rules clip: --max is missing: the ceiling"));
  EXPECT_EQ(rules({"clip", "X0001", "--max", "1.5"}).exit_code, 2);
  EXPECT_EQ(rules({"clip", "X0001", "--max", "nan"}).exit_code, 2);
  const auto finished = rules({"clip", "X0001", "--max", "0.5"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, StartsWith("X0001: clipped to 0.5, by "));
  EXPECT_EQ(*state("X0001").find("confidence_max"), Json(0.5));
}

TEST_P(TtpRulesState, EnableKeepsWhoDecidedIt) {
  ASSERT_EQ(rules({"disable", "X0001"}).exit_code, 0);
  EXPECT_EQ(rules({"enable", "X0001", "--reason", "moved"}).exit_code, 0);
  EXPECT_EQ(kind("X0001"), "enabled");
  EXPECT_EQ(*state("X0001").find("reason"), Json("moved"));
}

TEST_P(TtpRulesState, ResetForgetsIt) {
  ASSERT_EQ(rules({"disable", "X0001", "--reason", "x"}).exit_code, 0);
  EXPECT_EQ(rules({"reset", "X0001"}).out, "X0001: enabled\n");
  EXPECT_TRUE(state("X0001").find("reason")->is_null());
  const auto again = rules({"reset", "X0001"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.out, "X0001: enabled, as before\n");
}

TEST_P(TtpRulesState, OfARuleThatIsNotThereYetIsStoredWithAWarning) {
  const auto finished = rules({"disable", "X0010"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err,
              StartsWith("decnet ttp-rules disable: warning: there is no rule 'X0010' in " +
                         origin() + "; did you mean X0001"));
  EXPECT_THAT(finished.err, HasSubstr("; the state is stored for the day it is there\n"));
  EXPECT_THAT(finished.out, StartsWith("X0010: disabled, by "));
  EXPECT_THAT(rules({"list"}).out, HasSubstr("\nno such rule: X0010, disabled, by "));
  const auto all = Json::parse(rules({"list", "--json"}).out).value();
  EXPECT_EQ(*all.find("states_without_rule")->array()->front().find("rule"), Json("X0010"));
}

TEST_P(TtpRulesState, TellsProgramsTheSame) {
  const auto answer = Json::parse(rules({"disable", "X0001", "--json"}).out).value();
  EXPECT_EQ(*answer.find("rule"), Json("X0001"));
  EXPECT_EQ(*answer.find("known"), Json(true));
  EXPECT_EQ(*answer.find("changed"), Json(true));
  EXPECT_EQ(*answer.find("state")->find("state"), Json("disabled"));
}

TEST_P(TtpRulesState, WhatMakesNoSenseIsRefused) {
  EXPECT_EQ(rules({"disable"}).exit_code, 2);
  const auto span = rules({"disable", "X0001", "--for", "soon"});
  EXPECT_EQ(span.exit_code, 2);
  EXPECT_THAT(span.err, StartsWith("decnet ttp-rules disable: --for: 'soon' is no span of time"));
  const auto reason = rules({"disable", "X0001", "X0002", "--reason", "a\x1b[31mb"});
  EXPECT_EQ(reason.exit_code, 1);
  EXPECT_EQ(reason.err,
            "decnet ttp-rules disable: X0001: reason: has a control character\n"
            "decnet ttp-rules disable: X0002: reason: has a control character\n");
  EXPECT_THAT(reason.out, IsEmpty());
  EXPECT_EQ(rules({"disable", "X0001", "--reason", std::string(300, 'x')}).exit_code, 1);
  EXPECT_EQ(rules({"disable", "\x1b[31m"}).exit_code, 1);
  EXPECT_THAT(rules({"disable", "\x1b[31m"}).err, Not(HasSubstr("\x1b")));
  EXPECT_EQ(kind("X0001"), "enabled");
}

TEST_P(TtpRulesState, AnOddIdIsHarmless) {
  const auto finished = rules({"disable", "../../etc/passwd"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "etc"));
  EXPECT_EQ(rules({"reset", "../../etc/passwd"}).exit_code, 0);
}

TEST_P(TtpRulesState, CoverageGreysOutWhatIsDisabled) {
  ASSERT_EQ(rules({"disable", "X0001"}).exit_code, 0);
  EXPECT_THAT(rules({"coverage"}).out, HasSubstr("0  (X0001)\n"));
}

TEST(TtpRulesStore, MustBeOneOfTheTwo) {
  const TempDir directory;
  const auto finished = decnet(directory.path(), {"ttp-rules", "list"},
                               {{"DECNET_TTP_RULE_STORE_TYPE", "carrier-pigeon"}});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err,
            "decnet ttp-rules list: DECNET_TTP_RULE_STORE_TYPE is 'carrier-pigeon' (environment); "
            "this release knows: filesystem, database\n");
}

TEST(TtpRulesStore, OfADatabaseThatIsNotThereIsAFailure) {
  const TempDir directory;
  const auto finished = decnet(directory.path(), {"ttp-rules", "disable", "R1"},
                               {{"DECNET_TTP_RULE_STORE_TYPE", "database"}});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err, "decnet ttp-rules disable: decnet.db: No such file or directory\n");
}

TEST(TtpRulesStore, ADirectoryNamedOnTheCommandLineIsOneWhateverTheType) {
  const TempDir directory;
  write_rules(directory);
  const auto finished = decnet(directory.path(), {"ttp-rules", "show", "X0001", "--rules", "rules"},
                               {{"DECNET_TTP_RULE_STORE_TYPE", "database"}});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
}

}  // namespace
}  // namespace decnet::test
