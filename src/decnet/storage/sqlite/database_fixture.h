// A database file in a directory of its own, for tests of files rather than of interfaces.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "decnet/storage/sqlite/connection.h"
#include "decnet/storage/sqlite/database.h"
#include "decnet/storage/sqlite/schema.h"
#include "decnet/storage/test_backend.h"
#include "tests/test_main.h"

namespace decnet::storage::sqlite {

inline constexpr Options kHasty = {.busy_timeout = std::chrono::milliseconds(50)};

class DatabaseTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "decnet.db"; }

  Result<std::unique_ptr<Database>> open(OpenMode mode = OpenMode::kCreate,
                                         const Options& options = kHasty) {
    return sqlite::open(path(), mode, system_clock(), options);
  }
  // The error of opening; it names the path and is one line.
  Error refused(OpenMode mode = OpenMode::kCreate, const Options& options = kHasty) {
    const auto opened = open(mode, options);
    if (opened) {
      ADD_FAILURE() << "opened";
      return {};
    }
    expect_one_line(opened.error());
    return opened.error();
  }
  void expect_one_line(const Error& error) {
    EXPECT_THAT(error.message, testing::StartsWith(path().string() + ": "));
    EXPECT_THAT(error.message, testing::Not(testing::HasSubstr("\n")));
  }

  std::unique_ptr<Connection> raw() {
    return Connection::open(path(), Connection::Access::kCreate, std::chrono::seconds(5)).value();
  }
  std::string value(const std::string& sql) { return raw()->value(sql).value().value_or("NULL"); }
  // A database as the framework would have made it, in whatever journal SQLite begins with.
  void make_framework(const std::string& revision = std::string(kFrameworkRevision)) {
    const auto connection = raw();
    ASSERT_TRUE(connection->execute(std::string(steps().front().sql)));
    ASSERT_TRUE(connection->execute("CREATE TABLE alembic_version (version_num VARCHAR(32))"));
    ASSERT_TRUE(
        connection->execute(fmt::format("INSERT INTO alembic_version VALUES ('{}')", revision)));
  }
  std::string bytes() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  decnet::test::TempDir directory_{true};
};

inline std::vector<Tag> some_tags(int count) {
  std::vector<Tag> tags;
  for (int i = 0; i < count; ++i) tags.push_back(test::a_tag(fmt::format("cmd-{}", i)));
  return tags;
}

}  // namespace decnet::storage::sqlite
