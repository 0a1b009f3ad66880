#include "decnet/storage/test_backend.h"

#include <fmt/format.h>

#include <stdexcept>

#include "decnet/storage/sqlite/connection.h"
#include "decnet/storage/sqlite/database.h"
#include "decnet/storage/sqlite/schema.h"
#include "tests/test_main.h"

namespace decnet::storage::test {
namespace {

class SqliteTestDatabase final : public TestDatabase {
 public:
  explicit SqliteTestDatabase(bool framework) {
    if (framework) {
      connect(sqlite::Connection::Access::kCreate);
      execute(std::string(sqlite::steps().front().sql));
      execute(
          fmt::format("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);"
                      "INSERT INTO alembic_version VALUES ('{}')",
                      sqlite::kFrameworkRevision));
    } else {
      auto created = open();
      if (!created) throw std::runtime_error(created.error().message);
      connect(sqlite::Connection::Access::kReadWrite);
    }
  }

  Result<std::unique_ptr<Database>> open() override {
    return sqlite::open(path(), OpenMode::kCreate, system_clock(), {});
  }

  void execute(const std::string& sql) override {
    const auto done = connection_->execute(sql);
    if (!done) throw std::runtime_error(done.error().message + ": " + sql);
  }

  std::vector<std::string> rows(const std::string& sql) override {
    auto statement = connection_->prepare(sql);
    if (!statement) throw std::runtime_error(statement.error().message + ": " + sql);
    const int columns = column_count(sql);
    std::vector<std::string> rows;
    auto cursor = statement->run();
    while (cursor.next().value()) {
      std::string row;
      for (int i = 0; i < columns; ++i) {
        if (i > 0) row += '|';
        row += cursor.is_null(i) ? "NULL" : std::string(cursor.text(i));
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "test.db"; }

  void connect(sqlite::Connection::Access access) {
    auto connection = sqlite::Connection::open(path(), access, std::chrono::seconds(5));
    if (!connection) throw std::runtime_error(connection.error().message);
    connection_ = *std::move(connection);
    // Tests also write what the program would not.
    sqlite3_limit(connection_->handle(), SQLITE_LIMIT_LENGTH, 1'000'000'000);
  }

  int column_count(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(connection_->handle(), sql.c_str(), -1, &statement, nullptr);
    const int count = sqlite3_column_count(statement);
    sqlite3_finalize(statement);
    return count;
  }

  decnet::test::TempDir directory_{true};
  std::unique_ptr<sqlite::Connection> connection_;
};

}  // namespace

const std::vector<Backend>& backends() {
  static const std::vector<Backend> kBackends = {
      {"Sqlite", true,
       []() -> std::unique_ptr<TestDatabase> {
         return std::make_unique<SqliteTestDatabase>(false);
       }},
      {"SqliteOfTheFramework", false,
       []() -> std::unique_ptr<TestDatabase> {
         return std::make_unique<SqliteTestDatabase>(true);
       }},
  };
  return kBackends;
}

std::vector<Backend> keeping_backends() {
  std::vector<Backend> keeping;
  for (const Backend& backend : backends()) {
    if (backend.has_own_tables) keeping.push_back(backend);
  }
  return keeping;
}

UtcTime at(std::string_view text) {
  const auto time = parse_time(text);
  if (!time) throw std::runtime_error("not a time: " + std::string(text));
  return *time;
}

Tag a_tag(const std::string& source_id) {
  Tag tag;
  tag.uuid = tag_uuid({"command", source_id, "R0014", 2, "T1083", ""});
  tag.source_kind = "command";
  tag.source_id = source_id;
  tag.attacker_uuid = "a-1";
  tag.tactic = TacticId("TA0007");
  tag.technique_id = TechniqueId("T1083");
  tag.confidence = 0.8;
  tag.rule_id = RuleId("R0014");
  tag.rule_version = 2;
  tag.evidence = Json::object({{"command_text", "ls -la"}});
  tag.attack_release = "v19";
  tag.created_at = at("2026-03-04 10:06:00.123456");
  return tag;
}

std::string sql_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

void add_attacker(TestDatabase& store, const std::string& uuid, const std::string& ip,
                  const std::string& last_seen, const std::string& commands) {
  store.execute(fmt::format(
      "INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, "
      "decky_count, services, deckies, is_traversal, bounty_count, credential_count, "
      "fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) VALUES "
      "({}, {}, '2026-01-01 00:00:00.000000', {}, 1, 1, 1, '[\"ssh\"]', '[\"decky-01\"]', 0, 0, "
      "0, '[]', {}, 0, 0, '2026-01-01 00:00:00.000000')",
      sql_literal(uuid), sql_literal(ip), sql_literal(last_seen), sql_literal(commands)));
}

void add_trigger(TestDatabase& store, const std::string& uuid, const std::string& occurred_at,
                 const std::string& raw_headers) {
  store.execute(
      fmt::format("INSERT INTO canary_triggers (uuid, token_uuid, occurred_at, src_ip, "
                  "raw_headers) VALUES ({}, 'token-1', {}, '198.51.100.23', {})",
                  sql_literal(uuid), sql_literal(occurred_at), sql_literal(raw_headers)));
}

}  // namespace decnet::storage::test
