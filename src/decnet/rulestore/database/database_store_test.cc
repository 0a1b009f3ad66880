// What happens to the database store besides what every store promises.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "decnet/rulestore/open.h"
#include "decnet/rulestore/test_store.h"
#include "tests/test_main.h"

namespace decnet::rulestore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::becomes;
using test::document;
using test::rules_of;
using test::texts_of;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DatabaseStore : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return place_.path() / "test.db"; }
  // As another program would.
  void execute(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &handle), SQLITE_OK);
    sqlite3_busy_timeout(handle, 5000);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
  void put(const std::string& id, const std::string& text) {
    execute(
        fmt::format("INSERT OR REPLACE INTO ttp_rule VALUES ('{}', 1, 'console', '{}', "
                    "'2026-03-04 10:00:00.000000', 'console')",
                    id, text));
  }

  decnet::test::TempDir place_{true};
  std::unique_ptr<RuleStore> store_ =
      open_database(storage::open_sqlite(path(), storage::OpenMode::kCreate).value());
  Contents contents_;
};

TEST_F(DatabaseStore, ADocumentMustBeThatOfItsRow) {
  put("R1", document("R2"));
  put("R2", document("R2"));
  const Contents contents = store_->load().value();
  EXPECT_THAT(rules_of(contents), ElementsAre("R2.1"));
  EXPECT_THAT(
      texts_of(contents.problems),
      ElementsAre(EndsWith("test.db ttp_rule/R1:1: rule_id: this is the row of R1, the document "
                           "is R2's")));
  EXPECT_EQ(contents.definitions[0]->path, contents.problems[0].path.string().substr(
                                               0, contents.problems[0].path.string().size() - 1) +
                                               "2");
}

TEST_F(DatabaseStore, RowsThatCannotBeReadCostThemselves) {
  put("R1", document("R1"));
  ASSERT_TRUE(store_->load());
  execute("UPDATE ttp_rule SET yaml_content = printf('%.*c', 40000000, 'x')");
  execute(
      "INSERT INTO ttp_rule_state (rule_id, state, expires_at, set_at) VALUES ('R1', 'disabled', "
      "'tomorrow', '2026-03-04 10:00:00.000000')");
  ASSERT_TRUE(
      becomes(*store_, contents_, [](const Contents& now) { return now.problems.size() == 2; }));
  EXPECT_THAT(rules_of(contents_), ElementsAre("R1.1"));  // as it last loaded
  EXPECT_THAT(texts_of(contents_.problems),
              ElementsAre(HasSubstr("test.db ttp_rule/R1: "),
                          HasSubstr("ttp_rule_state/R1: expires_at: 'tomorrow' is no time")));
  EXPECT_THAT(contents_.states, IsEmpty());
}

TEST_F(DatabaseStore, ADatabaseThatFailsIsSaidAndAskedAgain) {
  put("R1", document("R1"));
  ASSERT_TRUE(store_->load());
  execute("ALTER TABLE ttp_rule RENAME TO away");
  while (store_->wait(seconds(10)) && store_->load()) {
  }
  const auto failed = store_->load();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("ttp_rule"));
  EXPECT_FALSE(store_->wait(milliseconds(0)));  // not again and again
  execute("ALTER TABLE away RENAME TO ttp_rule");
  put("R2", document("R2"));
  EXPECT_TRUE(store_->wait(seconds(10)));
  EXPECT_THAT(rules_of(store_->load().value()), ElementsAre("R1.1", "R2.1"));
}

TEST_F(DatabaseStore, AStateThatCannotBeStoredIsSaid) {
  execute("DROP TABLE ttp_rule_state");
  EXPECT_FALSE(store_->set_state(RuleId("R1"), {}));
  EXPECT_FALSE(store_->reset_state(RuleId("R1")));
}

// An administrator may write states as the framework's tools do.
TEST_F(DatabaseStore, AStateWrittenByHandCounts) {
  execute(
      "INSERT INTO ttp_rule_state (rule_id, state, confidence_max, set_at) VALUES ('R1', "
      "'clipped', 1, '2026-03-04 10:00:00')");
  const Contents contents = store_->load().value();
  ASSERT_THAT(contents.states, SizeIs(1));
  EXPECT_EQ(contents.states.at(RuleId("R1")),
            (rules::State{.kind = rules::State::Kind::kClipped,
                          .confidence_max = 1.0,
                          .set_at = parse_time("2026-03-04 10:00:00")}));
}

}  // namespace
}  // namespace decnet::rulestore
