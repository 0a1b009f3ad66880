#include "decnet/storage/sqlite/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace decnet::storage::sqlite {
namespace {

struct Needed {
  std::string_view table;
  std::vector<std::string_view> columns;
};

// Every column of the framework that is read or written here. `attackers` is needed as far as an
// insert must supply it.
const std::array<Needed, 3>& needed() {
  static const std::array<Needed, 3> kNeeded = {{
      {"attackers",
       {"uuid", "ip", "identity_id", "first_seen", "last_seen", "event_count", "service_count",
        "decky_count", "services", "deckies", "is_traversal", "bounty_count", "credential_count",
        "fingerprints", "commands", "rotation_count", "ipv6_leak_count", "updated_at"}},
      {"canary_triggers",
       {"uuid", "token_uuid", "occurred_at", "src_ip", "user_agent", "request_path", "dns_qname",
        "raw_headers", "attacker_id"}},
      {"ttp_tag",
       {"uuid", "source_kind", "source_id", "attacker_uuid", "identity_uuid", "session_id",
        "decky_id", "tactic", "technique_id", "sub_technique_id", "confidence", "rule_id",
        "rule_version", "evidence", "attack_release", "mitre_url", "created_at"}},
  }};
  return kNeeded;
}

constexpr std::array<std::string_view, 13> kOwnTables = {
    "decnet_schema",       "decnet_outbox",       "decnet_cursor",     "decnet_seen",
    "decnet_dead_letter",  "decnet_auth_attempt", "decnet_rule_state", "decnet_import_outbox",
    "decnet_open_session", "decnet_log_position", "decnet_event",      "decnet_rule_budget",
    "decnet_rule_problem"};

bool is_framework_step(const Step& step) { return step.name.substr(5).starts_with("framework"); }

Result<std::vector<std::string>> table_names(Connection& connection) {
  DECNET_TRY(const Statement list,
             connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND "
                                "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"));
  std::vector<std::string> names;
  DECNET_CHECK(list.run().each([&](const Cursor& row) { names.emplace_back(row.text(0)); }));
  return names;
}

Result<std::set<std::string, std::less<>>> column_names(Connection& connection,
                                                        std::string_view table) {
  DECNET_TRY(const Statement list, connection.prepare("SELECT name FROM pragma_table_info(?1)"));
  std::set<std::string, std::less<>> names;
  DECNET_CHECK(list.run(table).each([&](const Cursor& row) { names.emplace(row.text(0)); }));
  return names;
}

Result<std::vector<std::string>> missing_columns(Connection& connection) {
  std::vector<std::string> missing;
  for (const Needed& each : needed()) {
    DECNET_TRY(const auto columns, column_names(connection, each.table));
    for (const std::string_view column : each.columns) {
      if (!columns.contains(column)) missing.push_back(fmt::format("{}.{}", each.table, column));
    }
  }
  return missing;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The mark of our own; 0 without one.
Result<int> own_version(Connection& connection, int latest) {
  DECNET_TRY(const Statement read,
             connection.prepare("SELECT CAST(max(version) AS INTEGER) FROM decnet_schema"));
  Cursor rows = read.run();
  DECNET_TRY(const bool any, rows.next());
  const std::int64_t version = any ? rows.integer(0) : 0;
  if (version > latest) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}: made by a newer decnet: its decnet_schema is version {}, this "
                            "program knows versions up to {}",
                            connection.name(), version, latest));
  }
  return static_cast<int>(std::max<std::int64_t>(version, 0));
}

Result<void> set_version(Connection& connection, int version, UtcTime now) {
  DECNET_CHECK(connection.execute("DELETE FROM decnet_schema"));
  DECNET_TRY(const Statement insert,
             connection.prepare("INSERT INTO decnet_schema (version, created_at) VALUES (?1, ?2)"));
  const std::string time = to_sql_text(now);
  return insert.run(std::int64_t{version}, time).run();
}

Result<void> run_steps_after(int version, bool framework_too, Connection& connection,
                             std::span<const Step> all) {
  for (const Step& step : all) {
    if (step.number <= version || (is_framework_step(step) && !framework_too)) continue;
    if (auto done = connection.execute(std::string(step.sql)); !done) {
      return fail(done.error().in(step.name));
    }
  }
  return {};
}

// The statements that make our own tables and their indexes as they are today, table by table.
struct OwnTable {
  std::string name;
  std::vector<std::string> statements;
};
Result<std::vector<OwnTable>> own_tables_today(std::span<const Step> all) {
  DECNET_TRY(const auto reference, Connection::in_memory());
  DECNET_CHECK(run_steps_after(0, true, *reference, all));
  DECNET_TRY(const Statement list,
             reference->prepare("SELECT tbl_name, sql FROM sqlite_master WHERE tbl_name LIKE "
                                "'decnet\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY rowid"));
  std::vector<OwnTable> tables;
  DECNET_CHECK(list.run().each([&](const Cursor& row) {
    if (tables.empty() || tables.back().name != row.text(0)) {
      tables.push_back({std::string(row.text(0)), {}});
    }
    tables.back().statements.emplace_back(row.text(1));
  }));
  return tables;
}

}  // namespace

Result<Survey> survey(Connection& connection, std::span<const Step> all) {
  const int latest = all.back().number;
  Survey found;
  DECNET_TRY(found.tables, table_names(connection));
  found.empty = found.tables.empty();
  for (const std::string& name : found.tables) {
    if (name.starts_with("decnet_")) found.report.own_tables.push_back(name);
  }
  for (const std::string_view name : kOwnTables) {
    if (!contains(found.tables, name)) found.report.missing_own.emplace_back(name);
  }
  if (contains(found.tables, "decnet_schema")) {
    DECNET_TRY(found.report.own_version, own_version(connection, latest));
  }
  if (contains(found.tables, "alembic_version")) {
    found.report.ownership = Ownership::kFramework;
    DECNET_TRY(const auto revision,
               connection.value("SELECT version_num FROM alembic_version LIMIT 1"));
    found.report.version = revision.value_or("");
  } else if (found.report.own_version > 0) {
    found.report.ownership = Ownership::kOurs;
    found.report.version = std::to_string(found.report.own_version);
  } else {
    found.report.ownership = Ownership::kUnmarked;
  }
  found.up_to_date = found.report.own_version == latest;
  found.report.own_outdated = found.report.own_version > 0 && !found.up_to_date;
  DECNET_TRY(found.report.missing, missing_columns(connection));
  return found;
}

Result<Survey> bring_up_to_date(Connection& connection, UtcTime now, std::span<const Step> all) {
  DECNET_TRY(Transaction transaction, Transaction::begin(connection));
  DECNET_TRY(const Survey before, survey(connection, all));  // another program may have been faster
  const bool ours = before.empty || before.report.ownership == Ownership::kOurs;
  if (!ours || before.up_to_date) return before;
  DECNET_CHECK(run_steps_after(before.report.own_version, true, connection, all));
  DECNET_CHECK(set_version(connection, all.back().number, now));
  DECNET_TRY(const Survey after, survey(connection, all));
  DECNET_CHECK(transaction.commit());
  return after;
}

Result<Survey> add_own_tables(Connection& connection, UtcTime now, std::span<const Step> all) {
  DECNET_TRY(Transaction transaction, Transaction::begin(connection));
  DECNET_TRY(const Survey before, survey(connection, all));
  DECNET_CHECK(require_complete(connection, before));
  const bool ours = before.report.ownership == Ownership::kOurs;
  if (const int version = before.report.own_version; version > 0) {
    DECNET_CHECK(run_steps_after(version, ours, connection, all));
  }
  DECNET_TRY(const auto present, table_names(connection));
  DECNET_TRY(const auto tables, own_tables_today(all));
  for (const OwnTable& table : tables) {
    if (contains(present, table.name)) continue;
    for (const std::string& sql : table.statements) DECNET_CHECK(connection.execute(sql));
  }
  if (!before.up_to_date) {
    DECNET_CHECK(set_version(connection, all.back().number, now));
  }
  DECNET_TRY(const Survey after, survey(connection, all));
  DECNET_CHECK(transaction.commit());
  return after;
}

Result<void> require_complete(const Connection& connection, const Survey& survey) {
  const auto& missing = survey.report.missing;
  if (missing.empty()) return {};
  // A foreign database lacks every column; a few names tell as much as all.
  constexpr std::size_t kNamed = 12;
  const std::size_t shown = std::min(missing.size(), kNamed);
  std::string names = fmt::format(
      "{}", fmt::join(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (missing.size() > shown) names += fmt::format(" and {} more", missing.size() - shown);
  return fail(ErrorCode::kInvalid,
              fmt::format("{}: not a database this program can use; missing: {}", connection.name(),
                          names));
}

}  // namespace decnet::storage::sqlite
