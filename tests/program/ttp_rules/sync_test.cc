// decnet ttp-rules sync, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TtpRulesSync : public testing::Test {
 protected:
  Finished rules(const std::vector<std::string>& words, const std::string& store = {}) const {
    std::vector<std::string> all = {"ttp-rules"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all,
                  {{"DECNET_TTP_RULES_DIR", "rules"},
                   {"DECNET_TTP_RULE_STORE_TYPE", store},
                   {"DECNET_TESTING", "1"}});
  }
  // The ids of the rules in the database.
  std::vector<std::string> stored() const {
    std::vector<std::string> ids;
    const auto answer = Json::parse(rules({"list", "--json"}, "database").out);
    if (!answer) return {"no answer"};
    for (const auto& rule : *answer->find("rules")->array()) {
      ids.push_back(*rule.find("rule")->string());
    }
    return ids;
  }
  TempDir directory_;
  std::filesystem::path pack_ = write_rules(directory_);
};

TEST_F(TtpRulesSync, PutsTheRulesOfADirectoryIntoTheDatabase) {
  const auto finished = rules({"sync"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_EQ(finished.out,
            "put X0001\nput X0002\nput X0003\nput X0004\n"
            "4 rules of rules into decnet.db: 4 put, 0 removed\n");
  EXPECT_THAT(stored(), testing::ElementsAre("X0001", "X0002", "X0003", "X0004"));
  EXPECT_EQ(rules({"sync"}).out, "4 rules of rules into decnet.db: 0 put, 0 removed\n");
}

TEST_F(TtpRulesSync, FollowsEditsAndDeletions) {
  ASSERT_EQ(rules({"sync"}).exit_code, 0);
  std::filesystem::remove(pack_ / "X0002.yaml");
  directory_.write("rules/X0001.yaml", rule_text("X0001", "cat", "T1083", "TA0007"));
  const std::string told =
      "put X0001\nremoved X0002\n3 rules of rules into decnet.db: 1 put, 1 "
      "removed";
  EXPECT_EQ(rules({"sync", "--dry-run"}).out, told + "; nothing was written (--dry-run)\n");
  EXPECT_EQ(stored().size(), 4U);
  EXPECT_EQ(rules({"sync"}).out, told + "\n");
  EXPECT_EQ(stored().size(), 3U);
}

TEST_F(TtpRulesSync, RemovesNothingWhileAFileDoesNotLoad) {
  ASSERT_EQ(rules({"sync"}).exit_code, 0);
  directory_.write("rules/X0002.yaml", "rule_id: [\n");
  const auto finished = rules({"sync"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("rules/X0002.yaml:1: error: not YAML"));
  EXPECT_EQ(finished.out,
            "not removed, while a file does not load: X0002\n"
            "3 rules of rules into decnet.db: 0 put, 0 removed\n");
  EXPECT_EQ(stored().size(), 4U);
}

// Whoever lists the rules may be elsewhere, long after the files were mirrored.
TEST_F(TtpRulesSync, WhatDoesNotLoadIsListedWithTheRulesOfTheDatabase) {
  ASSERT_EQ(rules({"sync"}).exit_code, 0);
  EXPECT_THAT(rules({"list"}, "database").out, Not(HasSubstr(": error: ")));
  directory_.write("rules/X0002.yaml", "rule_id: [\n");
  ASSERT_EQ(rules({"sync"}).exit_code, 1);
  const std::string place = (pack_ / "X0002.yaml").string() + ":1: error: not YAML";
  EXPECT_THAT(rules({"list", "--rules", "elsewhere"}).out, Not(HasSubstr(place)));
  EXPECT_THAT(rules({"list"}, "database").out,
              AllOf(HasSubstr("\n" + place), HasSubstr(" (noted by the mirror, 20")));
  directory_.write("rules/X0002.yaml", rule_text("X0002", "cat", "T1083", "TA0007"));
  ASSERT_EQ(rules({"sync"}).exit_code, 0);
  EXPECT_THAT(rules({"list"}, "database").out, Not(HasSubstr(": error: ")));
}

// Without a table of ours there is no place for a note.
TEST_F(TtpRulesSync, OnADatabaseWithoutOurTablesTheMirroredDirectoryIsLookedAt) {
  ASSERT_EQ(rules({"sync"}).exit_code, 0);
  SqliteFile(directory_.path() / "decnet.db")
      .run(
          "DROP TABLE decnet_rule_problem; DROP TABLE decnet_schema; "
          "CREATE TABLE alembic_version (version_num VARCHAR(32)); "
          "INSERT INTO alembic_version VALUES ('4a914b1d62a0')");
  directory_.write("rules/X0002.yaml", "rule_id: [\n");
  ASSERT_EQ(rules({"sync"}).exit_code, 1);
  EXPECT_THAT(rules({"list"}, "database").out, Not(HasSubstr(": error: ")));
  const auto mirrored = decnet(directory_.path(), {"ttp-rules", "list"},
                               {{"DECNET_TTP_RULES_DIR", "rules"},
                                {"DECNET_TTP_RULE_STORE_TYPE", "database"},
                                {"DECNET_TTP_MIRROR_RULES", "true"}});
  EXPECT_THAT(mirrored.out, HasSubstr("\nrules/X0002.yaml:1: error: not YAML"));
}

TEST_F(TtpRulesSync, KeepsStatesAndWhatOthersPutThere) {
  ASSERT_EQ(rules({"sync"}).exit_code, 0);
  ASSERT_EQ(rules({"disable", "X0002"}, "database").exit_code, 0);
  SqliteFile(directory_.path() / "decnet.db")
      .run("UPDATE ttp_rule SET updated_by = 'ann' WHERE rule_id = 'X0003'");
  std::filesystem::remove(pack_ / "X0002.yaml");
  std::filesystem::remove(pack_ / "X0003.yaml");
  EXPECT_EQ(rules({"sync"}).out,
            "removed X0002\n2 rules of rules into decnet.db: 0 put, 1 removed\n");
  EXPECT_THAT(rules({"list"}, "database").out, HasSubstr("\nno such rule: X0002, disabled, by "));
}

TEST_F(TtpRulesSync, TellsProgramsTheSame) {
  EXPECT_EQ(rules({"sync", "--json"}).out,
            R"({"directory":"rules","database":"decnet.db","dry_run":false,"rules":4,)"
            R"("put":["X0001","X0002","X0003","X0004"],"removed":[],"withheld":[]})"
            "\n");
}

TEST_F(TtpRulesSync, NeedsADirectoryAndInADryRunADatabase) {
  const auto dry = rules({"sync", "--dry-run"});
  EXPECT_EQ(dry.exit_code, 1);
  EXPECT_EQ(dry.err, "decnet ttp-rules sync: decnet.db: No such file or directory\n");
  const auto nowhere = rules({"sync", "--rules", "nowhere"});
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_EQ(nowhere.err, "decnet ttp-rules sync: nowhere: is no directory\n");
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "decnet.db"));
}

}  // namespace
}  // namespace decnet::test
