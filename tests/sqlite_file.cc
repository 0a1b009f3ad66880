#include "tests/sqlite_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace decnet::test {
namespace {

constexpr int kBusyMilliseconds = 30'000;

[[noreturn]] void refuse(sqlite3* handle, const std::string& sql) {
  throw std::runtime_error(fmt::format("SQLite: {}: {}", sqlite3_errmsg(handle), sql));
}

using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Statement prepare(sqlite3* handle, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) refuse(handle, sql);
  return {raw, &sqlite3_finalize};
}

}  // namespace

SqliteFile::SqliteFile(const std::filesystem::path& path) {
  if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) refuse(handle_, path.string());
  sqlite3_busy_timeout(handle_, kBusyMilliseconds);
}

SqliteFile::~SqliteFile() { sqlite3_close(handle_); }

SqliteFile::SqliteFile(SqliteFile&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)) {}

void SqliteFile::run(const std::string& script) {
  if (sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    refuse(handle_, script.substr(0, 200));
  }
}

void SqliteFile::insert(std::string_view table, const std::map<std::string, std::string>& values) {
  std::vector<std::string> columns;
  std::vector<std::string> marks;
  for (const auto& [column, value] : values) {
    columns.push_back(column);
    marks.push_back(value == "NULL" ? "NULL" : fmt::format("?{}", columns.size()));
  }
  const auto statement =
      prepare(handle_, fmt::format("INSERT INTO {} ({}) VALUES ({})", table,
                                   fmt::join(columns, ", "), fmt::join(marks, ", ")));
  int place = 0;
  for (const auto& [column, value] : values) {
    ++place;
    if (value == "NULL") continue;
    sqlite3_bind_text(statement.get(), place, value.data(), static_cast<int>(value.size()),
                      SQLITE_STATIC);
  }
  if (sqlite3_step(statement.get()) != SQLITE_DONE) refuse(handle_, std::string(table));
}

std::vector<SqlRow> SqliteFile::rows(const std::string& query) {
  const auto statement = prepare(handle_, query);
  std::vector<SqlRow> result;
  int state = SQLITE_ROW;
  while ((state = sqlite3_step(statement.get())) == SQLITE_ROW) {
    SqlRow row;
    for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
      const auto* text = sqlite3_column_text(statement.get(), i);
      if (text == nullptr) {
        row.emplace_back("NULL");
      } else {
        row.emplace_back(reinterpret_cast<const char*>(text),
                         static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), i)));
      }
    }
    result.push_back(std::move(row));
  }
  if (state != SQLITE_DONE) refuse(handle_, query);
  return result;
}

std::int64_t SqliteFile::number(const std::string& query) {
  const auto found = rows(query);
  if (found.empty()) throw std::runtime_error("no row: " + query);
  return std::stoll(found.front().front());
}

void make_framework_of(SqliteFile database) {
  for (const auto& row : database.rows(
           "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'decnet%'")) {
    database.run("DROP TABLE " + row[0]);
  }
  database.run(
      "CREATE TABLE alembic_version (version_num VARCHAR(32)); INSERT INTO alembic_version "
      "VALUES ('4a914b1d62a0')");
}

std::string dump_except(const std::filesystem::path& path, const std::vector<std::string>& tables) {
  SqliteFile file(path);
  std::string out;
  for (const auto& entry :
       file.rows("SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name")) {
    out += fmt::format("{}\n", fmt::join(entry, " "));
    const auto& name = entry[1];
    if (entry[0] != "table" || std::find(tables.begin(), tables.end(), name) != tables.end()) {
      continue;
    }
    for (const auto& row : file.rows(fmt::format("SELECT * FROM \"{}\" ORDER BY 1", name))) {
      out += fmt::format("  {}\n", fmt::join(row, "|"));
    }
  }
  return out;
}

}  // namespace decnet::test
