// What tests of `ttp-backfill` share: a database, rules of their own, and the program.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/process.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::test {

class BackfillTest : public testing::Test {
 protected:
  BackfillTest();

  // A fresh database of this program, without rows.
  void create_database() const;
  [[nodiscard]] SqliteFile database() const { return SqliteFile(path_); }
  // Writes a rule that emits T1059 when `pattern` is found in the field of an event of that kind.
  void add_rule(const std::string& id, const std::string& kind, const std::string& field,
                const std::string& pattern, double confidence = 0.9) const;
  // A few such rules, that some two in five commands of invented_history.h match, and its triggers.
  // The shipped ones take seconds to read at each start of the program under test.
  void add_rules_for_invented_history() const;
  // An attacker seen an hour ago, with that JSON text as its history.
  void add_attacker(const std::string& uuid, const std::string& commands,
                    const std::string& identity = "NULL") const;

  // `decnet ttp-backfill …`, with the database and the rules in its environment.
  [[nodiscard]] CommandLine command(const std::vector<std::string>& options) const;
  [[nodiscard]] Finished backfill(const std::vector<std::string>& options = {}) const;
  // The same, with the shipped rules.
  void use_shipped_rules();

  // Every stored tag, all columns but created_at, by uuid.
  [[nodiscard]] std::vector<SqlRow> tags() const { return tags_of(path_); }
  static std::vector<SqlRow> tags_of(const std::filesystem::path& path);

  TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "decnet.db";
  std::filesystem::path rules_ = directory_.path() / "rules";
  std::map<std::string, std::string> environment_;
};

// "inserted=12" → "12" of the line that begins with `head`; "" when there is none.
std::string value_in(const std::string& out, const std::string& head, const std::string& key);

// "2026-11-21 10:00:00.000000", so many seconds before now.
std::string sql_time_ago(std::int64_t seconds);

}  // namespace decnet::test
