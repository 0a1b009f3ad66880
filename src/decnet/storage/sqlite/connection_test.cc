#include "decnet/storage/sqlite/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/test_main.h"

namespace decnet::storage::sqlite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    connection_ = Connection::in_memory().value();
    ASSERT_TRUE(connection_->execute("CREATE TABLE t (x)"));
  }
  void insert(std::int64_t value) {
    const auto statement = connection_->prepare("INSERT INTO t VALUES (?1)").value();
    EXPECT_TRUE(statement.run(value).run());
  }
  std::string rows() {
    return connection_->value("SELECT group_concat(x) FROM t").value().value_or("none");
  }

  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, BindsEveryKindOfValue) {
  const auto select =
      connection_->prepare("SELECT ?1, ?2, ?3, ?4, ?5, typeof(?1), typeof(?4)").value();
  const std::string text("a\0b", 3);
  Cursor row = select.run(text, std::int64_t{-7}, 0.5, std::optional<std::string>(),
                          std::optional<std::int64_t>(9));
  ASSERT_TRUE(row.next().value());
  EXPECT_EQ(row.text(0), text);
  EXPECT_EQ(row.integer(1), -7);
  EXPECT_EQ(row.real(2), 0.5);
  EXPECT_TRUE(row.is_null(3));
  EXPECT_EQ(row.integer(4), 9);
  EXPECT_EQ(row.text(5), "text");
  EXPECT_EQ(row.text(6), "null");
  EXPECT_FALSE(row.next().value());
}

TEST_F(ConnectionTest, AnEmptyViewIsATextNotNull) {
  const auto select = connection_->prepare("SELECT typeof(?1)").value();
  Cursor row = select.run(std::string_view());
  ASSERT_TRUE(row.next().value());
  EXPECT_EQ(row.text(0), "text");
}

TEST_F(ConnectionTest, AValueBeyondTheLimitIsRefused) {
  const auto select = connection_->prepare("SELECT ?1").value();
  const std::string huge(std::size_t{40} << 20, 'x');
  const auto row = select.run(huge).next();
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(row.error().message, HasSubstr("too large"));
}

TEST_F(ConnectionTest, AStatementRunsAgainAfterItsCursorWent) {
  const auto statement = connection_->prepare("INSERT INTO t VALUES (?1)").value();
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_TRUE(statement.run(i).run());
  EXPECT_EQ(rows(), "0,1,2");
}

TEST_F(ConnectionTest, GivesEachRowUntilOneCannotBeRead) {
  for (std::int64_t i = 1; i <= 3; ++i) insert(i);
  std::vector<std::int64_t> values;
  const auto take = [&](const Cursor& row) { values.push_back(row.integer(0)); };
  EXPECT_TRUE(connection_->prepare("SELECT x FROM t").value().run().each(take));
  EXPECT_THAT(values, ElementsAre(1, 2, 3));
  // abs() has no answer for the smallest number.
  insert(std::numeric_limits<std::int64_t>::min());
  const auto broken = connection_->prepare("SELECT abs(x) FROM t").value().run().each(take);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("integer overflow"));
  EXPECT_THAT(values, ElementsAre(1, 2, 3, 1, 2, 3));
}

TEST_F(ConnectionTest, SaysWhatIsWrongWithAStatement) {
  const auto statement = connection_->prepare("SELECT nowhere FROM t");
  ASSERT_FALSE(statement);
  EXPECT_EQ(statement.error().code, ErrorCode::kInternal);
  EXPECT_THAT(statement.error().message, HasSubstr("no such column: nowhere"));
}

TEST_F(ConnectionTest, ATransactionThatGoesIsRolledBack) {
  {
    const auto transaction = Transaction::begin(*connection_).value();
    insert(1);
  }
  EXPECT_EQ(rows(), "none");
  EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(ConnectionTest, ACommittedTransactionStays) {
  auto transaction = Transaction::begin(*connection_).value();
  insert(1);
  ASSERT_TRUE(transaction.commit());
  EXPECT_EQ(rows(), "1");
}

TEST_F(ConnectionTest, AnInnerTransactionEndsAlone) {
  auto outer = Transaction::begin(*connection_).value();
  insert(1);
  {
    const auto dropped = Transaction::begin(*connection_).value();
    insert(2);
    {
      auto kept = Transaction::begin(*connection_).value();
      insert(3);
      ASSERT_TRUE(kept.commit());
    }
  }
  {
    auto kept = Transaction::begin(*connection_).value();
    insert(4);
    ASSERT_TRUE(kept.commit());
  }
  ASSERT_TRUE(outer.commit());
  EXPECT_EQ(rows(), "1,4");
  // And everything begins anew.
  {
    const auto dropped = Transaction::begin(*connection_).value();
    insert(5);
  }
  EXPECT_EQ(rows(), "1,4");
}

TEST_F(ConnectionTest, WhatSqliteRolledBackItselfIsNotRolledBackTwice) {
  {
    const auto outer = Transaction::begin(*connection_).value();
    const auto inner = Transaction::begin(*connection_).value();
    ASSERT_TRUE(connection_->execute("ROLLBACK"));
  }
  auto next = Transaction::begin(*connection_).value();
  insert(1);
  ASSERT_TRUE(next.commit());
  EXPECT_EQ(rows(), "1");
}

TEST(Connection, AFileOfAnyNameIsAFile) {
  const decnet::test::TempDir directory;
  const auto path = directory.path() / "file:x?mode=memory";
  {
    const auto connection =
        Connection::open(path, Connection::Access::kCreate, std::chrono::seconds(1)).value();
    ASSERT_TRUE(connection->execute("CREATE TABLE t (x)"));
  }
  EXPECT_GT(std::filesystem::file_size(path), 0U);
}

// A schema from elsewhere must not call what reaches outside of the database.
TEST(Connection, TrustsNoSchema) {
  const decnet::test::TempDir directory;
  const auto connection = Connection::open(directory.path() / "x.db", Connection::Access::kCreate,
                                           std::chrono::seconds(1))
                              .value();
  sqlite3_create_function_v2(
      connection->handle(), "danger", 0, SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr,
      [](sqlite3_context* context, int, sqlite3_value**) { sqlite3_result_int(context, 1); },
      nullptr, nullptr, nullptr);
  EXPECT_TRUE(connection->value("SELECT danger()"));
  ASSERT_TRUE(connection->execute("CREATE VIEW v AS SELECT danger() AS x"));
  EXPECT_FALSE(connection->value("SELECT x FROM v"));
}

}  // namespace
}  // namespace decnet::storage::sqlite
