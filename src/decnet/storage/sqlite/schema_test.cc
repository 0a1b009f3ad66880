#include "decnet/storage/sqlite/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/test_main.h"

namespace decnet::storage::sqlite {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const UtcTime kNow = *parse_time("2026-03-04 10:00:00");

std::vector<std::string> column(Connection& connection, const std::string& sql) {
  const auto statement = connection.prepare(sql).value();
  std::vector<std::string> values;
  Cursor row = statement.run();
  while (row.next().value()) values.emplace_back(row.text(0));
  return values;
}

// Every table's columns, keys, checks and indexes as facts, whatever the layout of the text.
std::vector<std::string> shape(Connection& connection, const std::string& table) {
  const auto from = [&](const std::string& sql) {
    return column(connection, fmt::format(fmt::runtime(sql), table));
  };
  std::vector<std::string> all;
  const auto add = [&all](std::vector<std::string> more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  add(
      from("SELECT cid || ' ' || name || ' ' || type || ' ' || \"notnull\" || ' ' || "
           "ifnull(dflt_value, '-') || ' ' || pk FROM pragma_table_info('{}') ORDER BY cid"));
  add(
      from("SELECT \"from\" || ' ' || \"table\" || ' ' || \"to\" || ' ' || on_delete "
           "FROM pragma_foreign_key_list('{}') ORDER BY 1"));
  add(
      from("SELECT i.name || ' ' || i.\"unique\" || ' ' || (SELECT group_concat(name) FROM "
           "pragma_index_info(i.name)) FROM pragma_index_list('{}') AS i ORDER BY 1"));
  return all;
}

class SchemaTest : public testing::Test {
 protected:
  void make_framework() {
    ASSERT_TRUE(connection_->execute(std::string(steps().front().sql)));
    ASSERT_TRUE(connection_->execute("CREATE TABLE alembic_version (version_num VARCHAR(32))"));
    ASSERT_TRUE(connection_->execute(
        fmt::format("INSERT INTO alembic_version VALUES ('{}')", kFrameworkRevision)));
  }
  std::unique_ptr<Connection> connection_ = Connection::in_memory().value();
};

TEST(Steps, AreNumberedFromOneWithoutGaps) {
  int number = 0;
  for (const Step& step : steps()) {
    EXPECT_EQ(step.number, ++number);
    EXPECT_EQ(step.name.substr(0, 5), fmt::format("{:04}_", number));
  }
}

TEST_F(SchemaTest, FillsAnEmptyDatabase) {
  EXPECT_TRUE(survey(*connection_)->empty);
  const Survey made = bring_up_to_date(*connection_, kNow).value();
  EXPECT_TRUE(made.up_to_date);
  EXPECT_EQ(made.report.ownership, Ownership::kOurs);
  EXPECT_THAT(made.report.missing, IsEmpty());
  EXPECT_THAT(made.report.missing_own, IsEmpty());
  EXPECT_THAT(made.tables, Contains("ttp_tag"));
  EXPECT_THAT(made.tables, Contains("attackers"));
  EXPECT_THAT(made.tables, Not(Contains("alembic_version")));
  EXPECT_EQ(connection_->value("SELECT version || ' ' || created_at FROM decnet_schema").value(),
            fmt::format("{} 2026-03-04 10:00:00.000000", steps().back().number));
}

TEST_F(SchemaTest, ChecksAreInForce) {
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  const auto insert = [this](const std::string& attacker, const std::string& confidence) {
    return connection_->execute(fmt::format(
        "INSERT INTO ttp_tag VALUES ('u' || random(), 'command', 's', {}, NULL, NULL, NULL, "
        "'TA0007', 'T1083', NULL, {}, 'R0014', 1, '{{}}', 'v19', NULL, "
        "'2026-03-04 10:00:00.000000')",
        attacker, confidence));
  };
  EXPECT_TRUE(insert("'a'", "1.0"));
  EXPECT_THAT(insert("NULL", "1.0").error().message, HasSubstr("ttp_tag_has_anchor"));
  EXPECT_THAT(insert("'a'", "1.1").error().message, HasSubstr("ttp_tag_confidence_range"));
  EXPECT_THAT(insert("'a'", "-0.1").error().message, HasSubstr("ttp_tag_confidence_range"));
}

// The tables we make are the framework's, fact by fact.
TEST_F(SchemaTest, HasTheShapesOfTheFramework) {
  DECNET_CORPUS_OR_SKIP(path, "contract/framework-sqlite.sql");
  const auto framework = Connection::in_memory().value();
  std::ifstream file(path);
  ASSERT_TRUE(framework->execute(std::string(std::istreambuf_iterator<char>(file), {})));
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  const Survey ours = survey(*connection_).value();
  std::size_t compared = 0;
  const auto tables = survey(*framework)->tables;
  for (const std::string& table : tables) {
    if (table == "alembic_version") continue;
    EXPECT_EQ(shape(*connection_, table), shape(*framework, table)) << table;
    ++compared;
  }
  EXPECT_EQ(compared + ours.report.own_tables.size(), ours.tables.size());
}

TEST_F(SchemaTest, AFrameworkDatabaseIsKnownByItsRevision) {
  make_framework();
  const Survey found = survey(*connection_).value();
  EXPECT_EQ(found.report.ownership, Ownership::kFramework);
  EXPECT_EQ(found.report.version, kFrameworkRevision);
  EXPECT_EQ(found.report.own_version, 0);
  EXPECT_THAT(found.report.missing, IsEmpty());
  EXPECT_EQ(found.report.missing_own.size(), 13U);
  // Only asked for explicitly does anything change.
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  EXPECT_THAT(survey(*connection_)->report.own_tables, IsEmpty());
}

TEST_F(SchemaTest, OwnTablesCanBeAddedToAFrameworkDatabaseOnce) {
  make_framework();
  const auto before = survey(*connection_)->tables;
  const Survey after = add_own_tables(*connection_, kNow).value();
  EXPECT_EQ(after.report.ownership, Ownership::kFramework);
  EXPECT_EQ(after.report.own_version, steps().back().number);
  EXPECT_THAT(after.report.missing_own, IsEmpty());
  EXPECT_EQ(after.tables.size(), before.size() + 13);
  for (std::size_t i = before.size(); i < after.tables.size(); ++i) {
    EXPECT_THAT(after.tables[i], testing::StartsWith("decnet_"));
  }
  EXPECT_EQ(add_own_tables(*connection_, kNow)->tables, after.tables);
}

TEST_F(SchemaTest, ALostOwnTableIsMadeAgainWithItsIndexes) {
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  const auto before = shape(*connection_, "decnet_seen");
  ASSERT_TRUE(connection_->execute("DROP TABLE decnet_seen"));
  EXPECT_THAT(survey(*connection_)->report.missing_own, ElementsAre("decnet_seen"));
  EXPECT_THAT(add_own_tables(*connection_, kNow)->report.missing_own, IsEmpty());
  EXPECT_EQ(shape(*connection_, "decnet_seen"), before);
}

// A framework database whose own tables an earlier release made.
TEST_F(SchemaTest, OwnTablesOfAnEarlierReleaseAreBroughtUpToDateWhenAskedFor) {
  make_framework();
  const std::vector<Step> earlier(steps().begin(), steps().begin() + 2);
  ASSERT_TRUE(add_own_tables(*connection_, kNow, earlier));
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  const Survey before = survey(*connection_).value();
  EXPECT_TRUE(before.report.own_outdated);
  EXPECT_EQ(before.report.own_version, 2);
  const Survey after = add_own_tables(*connection_, kNow).value();
  EXPECT_FALSE(after.report.own_outdated);
  const auto fresh = Connection::in_memory().value();
  ASSERT_TRUE(bring_up_to_date(*fresh, kNow));
  for (const std::string& table : after.report.own_tables) {
    EXPECT_EQ(shape(*connection_, table), shape(*fresh, table)) << table;
  }
}

TEST_F(SchemaTest, NamesWhatIsMissing) {
  make_framework();
  ASSERT_TRUE(connection_->execute(
      "DROP TABLE canary_triggers; ALTER TABLE ttp_tag RENAME COLUMN evidence TO proof"));
  const Survey found = survey(*connection_).value();
  EXPECT_THAT(found.report.missing, Contains("ttp_tag.evidence"));
  EXPECT_THAT(found.report.missing, Contains("canary_triggers.raw_headers"));
  const auto complete = require_complete(*connection_, found);
  ASSERT_FALSE(complete);
  EXPECT_EQ(complete.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(complete.error().message, HasSubstr("ttp_tag.evidence"));
  EXPECT_THAT(complete.error().message, HasSubstr("canary_triggers.uuid"));
  EXPECT_FALSE(add_own_tables(*connection_, kNow));
}

TEST_F(SchemaTest, ANewerMarkIsRefusedByItsNumber) {
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  ASSERT_TRUE(connection_->execute("UPDATE decnet_schema SET version = 9000000000"));
  const auto found = survey(*connection_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(found.error().message, HasSubstr("version 9000000000"));
  EXPECT_THAT(found.error().message, HasSubstr(fmt::format("up to {}", steps().back().number)));
  EXPECT_FALSE(bring_up_to_date(*connection_, kNow));
  EXPECT_FALSE(add_own_tables(*connection_, kNow));
}

TEST_F(SchemaTest, AMarkWithoutAUsableVersionIsNone) {
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  for (const std::string sql :
       {"DELETE FROM decnet_schema", "INSERT INTO decnet_schema VALUES ('old', '')",
        "UPDATE decnet_schema SET version = -5"}) {
    ASSERT_TRUE(connection_->execute(sql));
    EXPECT_EQ(survey(*connection_)->report.ownership, Ownership::kUnmarked) << sql;
  }
}

// Steps of a later release, over a database of this one.
class LaterSteps : public SchemaTest {
 protected:
  void SetUp() override {
    number_ = steps().back().number;
    all_.assign(steps().begin(), steps().end());
    all_.push_back({number_ + 1, "9001_framework_more", "CREATE TABLE shaped (x INTEGER)"});
    all_.push_back({number_ + 2, "9002_own_more", "ALTER TABLE decnet_outbox ADD COLUMN y TEXT"});
  }
  std::vector<Step> all_;
  int number_ = 0;
};

TEST_F(LaterSteps, RunInOrderOnce) {
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  EXPECT_FALSE(survey(*connection_, all_)->up_to_date);
  for (int round = 0; round < 2; ++round) {
    const Survey after = bring_up_to_date(*connection_, kNow, all_).value();
    EXPECT_TRUE(after.up_to_date);
    EXPECT_EQ(after.report.own_version, number_ + 2);
    EXPECT_THAT(after.tables, Contains("shaped"));
  }
  EXPECT_EQ(connection_->value("SELECT count(*) FROM decnet_schema").value(), "1");
  // And this release will have none of it.
  EXPECT_FALSE(survey(*connection_));
}

TEST_F(LaterSteps, OfTheFrameworksTablesStayOutOfItsDatabase) {
  make_framework();
  ASSERT_TRUE(add_own_tables(*connection_, kNow));
  const Survey after = add_own_tables(*connection_, kNow, all_).value();
  EXPECT_EQ(after.report.own_version, number_ + 2);
  EXPECT_THAT(after.tables, Not(Contains("shaped")));
  EXPECT_THAT(shape(*connection_, "decnet_outbox"), Contains(HasSubstr(" y TEXT ")));
}

TEST_F(LaterSteps, OneThatFailsLeavesEverythingAsItWas) {
  ASSERT_TRUE(bring_up_to_date(*connection_, kNow));
  all_.push_back({number_ + 3, "9003_own_broken", "CREATE TABLE half (x); CREATE TABLE half (x)"});
  const auto before = survey(*connection_)->tables;
  const auto failed = bring_up_to_date(*connection_, kNow, all_);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("9003_own_broken"));
  EXPECT_EQ(survey(*connection_)->tables, before);
  EXPECT_EQ(survey(*connection_)->report.own_version, number_);
}

}  // namespace
}  // namespace decnet::storage::sqlite
