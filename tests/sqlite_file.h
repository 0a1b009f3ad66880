// SqliteFile: a database as another program sees it, to prepare and to look into.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

namespace decnet::test {

using SqlRow = std::vector<std::string>;  // values as text; NULL is "NULL"

// Throws std::runtime_error when SQLite refuses: that is the test's failure.
class SqliteFile {
 public:
  explicit SqliteFile(const std::filesystem::path& path);  // created when absent
  ~SqliteFile();
  SqliteFile(SqliteFile&&) noexcept;
  SqliteFile& operator=(SqliteFile&&) = delete;

  void run(const std::string& script);
  // Inserts a row; values as text, and "NULL" for null.
  void insert(std::string_view table, const std::map<std::string, std::string>& values);
  std::vector<SqlRow> rows(const std::string& query);
  std::int64_t number(const std::string& query);  // of the first row, first column

 private:
  sqlite3* handle_ = nullptr;
};

// Makes a database of decnet look as the framework's: without our own tables, with its mark.
void make_framework_of(SqliteFile database);

// Everything in the database: its schema, and each table's rows in key order, but for the tables
// named. Equal dumps are equal databases.
std::string dump_except(const std::filesystem::path& path, const std::vector<std::string>& tables);

}  // namespace decnet::test
