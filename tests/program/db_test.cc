// decnet db init, decnet db check, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "decnet/base/file.h"
#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Db : public testing::Test {
 protected:
  Finished db(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"db"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all);
  }
  Json json(std::vector<std::string> words) const {
    words.emplace_back("--json");
    auto answer = Json::parse(db(words).out);
    EXPECT_TRUE(answer);
    if (!answer) return {};
    return *std::move(answer);
  }
  void expect_refused(const Finished& finished, const std::string& told) const {
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr(told));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  }
  TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "decnet.db";
};

TEST_F(Db, InitCreatesOnceAndSaysWhat) {
  const auto first = db({"init"});
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_THAT(first.err, IsEmpty());
  EXPECT_THAT(first.out, AllOf(StartsWith("decnet.db: a database of decnet, schema version "),
                               HasSubstr("\ndecnet.db: created "), HasSubstr("ttp_tag"),
                               HasSubstr("decnet_auth_attempt")));
  EXPECT_THAT(db({"init"}).out, HasSubstr("decnet.db: nothing to create\n"));
  EXPECT_TRUE(json({"init"}).find("created")->array()->empty());
}

TEST_F(Db, CheckSaysWhatItIsAndChangesNothing) {
  db({"init"});
  const auto before = read_file(path_).value();
  const auto finished = db({"check"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out,
              AllOf(HasSubstr("a database of decnet, schema version"), HasSubstr("own tables: "),
                    HasSubstr("decnet.db: can be used\n")));
  EXPECT_EQ(read_file(path_).value(), before);
  const auto answer = json({"check"});
  EXPECT_EQ(*answer.find("owner")->string(), "decnet");
  EXPECT_TRUE(*answer.find("usable")->boolean());
}

TEST_F(Db, ADatabaseOfANewerReleaseIsRefusedByVersion) {
  db({"init"});
  SqliteFile(path_).run("UPDATE decnet_schema SET version = 4711");
  expect_refused(db({"check"}), "4711");
  expect_refused(db({"init"}), "4711");
}

TEST_F(Db, WhatCannotBeOpenedIsNamedWithTheCause) {
  expect_refused(db({"check"}), "decnet db check: decnet.db: No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(path_));
  expect_refused(db({"init", "--db", "absent/x.db"}), "absent/x.db: ");
  directory_.write("text.db", std::string(4096, 'x'));
  expect_refused(db({"check", "--db", "text.db"}), "text.db: ");
  expect_refused(db({"init", "--db", "text.db"}), "text.db: ");
  expect_refused(db({"check", "--db", "."}), ".: is a directory");
}

TEST_F(Db, ATypeThisReleaseLacksIsRefused) {
  const auto finished = decnet(directory_.path(), {"db", "init"}, {{"DECNET_DB_TYPE", "mysql"}});
  expect_refused(finished, "DECNET_DB_TYPE is 'mysql' (environment); this release knows: sqlite");
  EXPECT_EQ(decnet(directory_.path(), {"db", "init"}, {{"DECNET_DB_TYPE", "SQLite"}}).exit_code, 0);
}

TEST_F(Db, MissingColumnsAreNamed) {
  db({"init"});
  SqliteFile(path_).run("ALTER TABLE ttp_tag RENAME COLUMN evidence TO proof");
  const auto finished = db({"check"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("missing ttp_tag.evidence"));
  EXPECT_THAT(finished.out, Not(HasSubstr("can be used")));
}

TEST_F(Db, AFrameworkDatabaseGetsOurTablesOnlyWhenAsked) {
  DECNET_CORPUS_OR_SKIP(schema, "contract/framework-sqlite.sql");
  SqliteFile(path_).run(read_file(schema).value());
  const auto before = db({"check"});
  EXPECT_EQ(before.exit_code, 0);
  EXPECT_THAT(before.out,
              AllOf(HasSubstr("a database of the DECNET framework"),
                    HasSubstr("own tables not there: "), HasSubstr("`decnet db init`")));
  EXPECT_THAT(db({"init"}).out, AllOf(HasSubstr("created decnet_"), Not(HasSubstr("ttp_tag"))));
  const auto after = json({"check"});
  EXPECT_EQ(*after.find("owner")->string(), "framework");
  EXPECT_TRUE(after.find("missing_own_tables")->array()->empty());
  EXPECT_FALSE(*after.find("own_tables_outdated")->boolean());
  // As an earlier release would have left it.
  SqliteFile(path_).run(
      "DROP TABLE decnet_import_outbox; DROP TABLE decnet_open_session; "
      "DROP TABLE decnet_log_position; DROP TABLE decnet_event; DROP TABLE decnet_rule_budget; "
      "DROP TABLE decnet_rule_problem; "
      "UPDATE decnet_schema SET version = 2");
  EXPECT_THAT(db({"check"}).out, HasSubstr("own tables are of an earlier release"));
  EXPECT_THAT(db({"init"}).out, AllOf(HasSubstr("brought decnet's own tables from version 2 to "),
                                      Not(HasSubstr("nothing to create"))));
  EXPECT_THAT(db({"check"}).out, Not(HasSubstr("earlier release")));
}

}  // namespace
}  // namespace decnet::test
