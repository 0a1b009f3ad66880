#include "decnet/storage/sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "decnet/base/file.h"
#include "decnet/base/log.h"
#include "decnet/storage/sqlite/activity.h"
#include "decnet/storage/sqlite/attackers.h"
#include "decnet/storage/sqlite/history.h"
#include "decnet/storage/sqlite/journal.h"
#include "decnet/storage/sqlite/ledger.h"
#include "decnet/storage/sqlite/observations.h"
#include "decnet/storage/sqlite/repository.h"
#include "decnet/storage/sqlite/rule_budgets.h"
#include "decnet/storage/sqlite/rule_problems.h"
#include "decnet/storage/sqlite/rule_rows.h"
#include "decnet/storage/sqlite/schema.h"
#include "decnet/storage/sqlite/summary.h"

namespace decnet::storage {
namespace sqlite {
namespace {

// Measured (docs/decisions/0005): fewer checkpoints, and room for the hot pages of 14 indexes.
constexpr int kCheckpointPages = 8000;
constexpr int kCacheKib = 65536;

class SqliteTransaction final : public storage::Transaction {
 public:
  explicit SqliteTransaction(sqlite::Transaction transaction)
      : transaction_(std::move(transaction)) {}
  Result<void> commit() override { return transaction_.commit(); }

 private:
  sqlite::Transaction transaction_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::unique_ptr<Connection> connection, SchemaReport schema, const Clock& clock)
      : connection_(std::move(connection)),
        schema_(std::move(schema)),
        repository_(*connection_),
        history_(*connection_),
        observations_(*connection_, clock,
                      {.logins = has_tables(schema_, {"decnet_auth_attempt"}),
                       .events = has_tables(schema_, {"decnet_event"})}),
        summaries_(*connection_),
        attackers_(*connection_),
        activity_(*connection_, {.logins = has_tables(schema_, {"decnet_auth_attempt"}),
                                 .events = has_tables(schema_, {"decnet_event"})}),
        ledger_(*connection_, repository_, clock, keeps_ledger(schema_)),
        journal_(*connection_, clock,
                 has_tables(schema_, {"decnet_import_outbox", "decnet_open_session",
                                      "decnet_log_position"})),
        rule_rows_(*connection_),
        rule_budgets_(*connection_, has_tables(schema_, {"decnet_rule_budget"})),
        rule_problems_(*connection_, has_tables(schema_, {"decnet_rule_problem"})) {}

  Repository& repository() override { return repository_; }
  History& history() override { return history_; }
  Observations& observations() override { return observations_; }
  Summaries& summaries() override { return summaries_; }
  Attackers& attackers() override { return attackers_; }
  Activity& activity() override { return activity_; }
  Ledger& ledger() override { return ledger_; }
  RuleRows& rule_rows() override { return rule_rows_; }
  RuleBudgets& rule_budgets() override { return rule_budgets_; }
  RuleProblems& rule_problems() override { return rule_problems_; }
  void set_patience(std::chrono::milliseconds patience) override {
    connection_->set_busy_timeout(patience);
  }
  Journal& journal() override { return journal_; }
  [[nodiscard]] const SchemaReport& schema() const override { return schema_; }
  [[nodiscard]] const std::string& name() const override { return connection_->name(); }

  Result<std::unique_ptr<storage::Transaction>> begin() override {
    DECNET_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(*connection_));
    return std::make_unique<SqliteTransaction>(std::move(transaction));
  }

 private:
  static bool has_tables(const SchemaReport& schema, std::initializer_list<const char*> names) {
    const auto& own = schema.own_tables;
    return std::all_of(names.begin(), names.end(), [&own](const char* name) {
      return std::find(own.begin(), own.end(), name) != own.end();
    });
  }

  // The tables of an earlier release have other columns. (In a framework database they stay so
  // until `decnet db init`.)
  static bool keeps_ledger(const SchemaReport& schema) {
    constexpr int kLedgerStep = 3;
    return schema.own_version >= kLedgerStep &&
           has_tables(schema,
                      {"decnet_outbox", "decnet_cursor", "decnet_seen", "decnet_dead_letter"});
  }

  std::unique_ptr<Connection> connection_;  // before what uses it
  SchemaReport schema_;
  SqliteRepository repository_;
  SqliteHistory history_;
  SqliteObservations observations_;
  SqliteSummaries summaries_;
  SqliteAttackers attackers_;
  SqliteActivity activity_;
  SqliteLedger ledger_;
  SqliteJournal journal_;
  SqliteRuleRows rule_rows_;
  SqliteRuleBudgets rule_budgets_;
  SqliteRuleProblems rule_problems_;
};

// What SQLite would only call "unable to open database file".
Result<void> look_at(const std::filesystem::path& path, bool may_create) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (std::filesystem::is_regular_file(status)) {
    // SQLite would take a file of one byte for an empty one, and write over it.
    constexpr std::uintmax_t kHeaderBytes = 100;
    const auto size = std::filesystem::file_size(path, problem);
    if (problem || size == 0 || size >= kHeaderBytes) return {};
    return fail(ErrorCode::kInvalid, fmt::format("{}: not an SQLite database", path.string()));
  }
  if (std::filesystem::is_directory(status)) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: is a directory", path.string()));
  }
  if (status.type() == std::filesystem::file_type::none) {
    return fail(system_error(path, problem.value()));
  }
  if (std::filesystem::exists(status)) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: is not a regular file", path.string()));
  }
  if (!may_create) return fail(system_error(path, ENOENT));
  const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (!std::filesystem::is_directory(directory, problem)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{}: there is no directory {}", path.string(), directory.string()));
  }
  if (faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    const Error error = system_error(directory, errno);
    return fail(error.code, fmt::format("{}: cannot be created: {}", path.string(), error.message));
  }
  return {};
}

Result<std::unique_ptr<Connection>> connect(const std::filesystem::path& path,
                                            Connection::Access access, const Options& options) {
  DECNET_CHECK(look_at(path, access == Connection::Access::kCreate));
  DECNET_TRY(auto connection, Connection::open(path, access, options.busy_timeout));
  // Tags outlive what they speak of, and the framework does not enforce its references either: a
  // tag of a trigger whose attacker was deleted must not cost its batch.
  DECNET_CHECK(connection->execute("PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON"));
  return connection;
}

// Readers and one writer at a time, as the framework's own connections have it. Only ever asked
// for: a database that another program holds, or a file system without shared memory, keeps the
// journal it has, and everything still works.
Result<void> use_write_ahead_log(Connection& connection, const Options& options) {
  if (connection.is_read_only()) return {};
  DECNET_TRY(const auto mode, connection.value("PRAGMA main.journal_mode"));
  if (mode == "wal") return {};
  connection.set_busy_timeout(std::min(options.busy_timeout, std::chrono::milliseconds(200)));
  const auto changed = connection.value("PRAGMA main.journal_mode = WAL");
  connection.set_busy_timeout(options.busy_timeout);
  if (!changed && changed.error().code == ErrorCode::kInvalid) return fail(changed.error());
  return {};
}

Result<void> tune(Connection& connection, const Options& options) {
  return connection.execute(
      fmt::format("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = {}; "
                  "PRAGMA cache_size = -{}; PRAGMA max_page_count = {}",
                  kCheckpointPages, kCacheKib, options.max_pages));
}

void warn_of_unknown_mark(const Connection& connection, const SchemaReport& schema) {
  if (schema.ownership == Ownership::kUnmarked) {
    log::warning("storage",
                 fmt::format("{}: no version mark; every column needed is there, going on",
                             connection.name()));
  } else if (schema.ownership == Ownership::kFramework && schema.version != kFrameworkRevision) {
    log::warning("storage",
                 fmt::format("{}: framework schema '{}' is not the one this program was made for "
                             "({}); every column needed is there, going on",
                             connection.name(), schema.version, kFrameworkRevision));
  }
}

}  // namespace

Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, OpenMode mode,
                                       const Clock& clock, const Options& options) {
  const auto access = mode == OpenMode::kCreate     ? Connection::Access::kCreate
                      : mode == OpenMode::kExisting ? Connection::Access::kReadWrite
                                                    : Connection::Access::kReadOnly;
  DECNET_TRY(auto connection, connect(path, access, options));
  DECNET_TRY(Survey found, survey(*connection));
  if (mode != OpenMode::kInspect) {
    if (found.empty && mode == OpenMode::kExisting) {
      return fail(ErrorCode::kInvalid, fmt::format("{}: the database is empty", path.string()));
    }
    const bool ours = found.empty || found.report.ownership == Ownership::kOurs;
    if (!ours) DECNET_CHECK(require_complete(*connection, found));
    DECNET_CHECK(use_write_ahead_log(*connection, options));
    DECNET_CHECK(tune(*connection, options));
    if (ours && !found.up_to_date) {
      DECNET_TRY(found, bring_up_to_date(*connection, clock.now()));
    }
    DECNET_CHECK(require_complete(*connection, found));
    warn_of_unknown_mark(*connection, found.report);
  }
  return std::make_unique<SqliteDatabase>(std::move(connection), std::move(found.report), clock);
}

Result<InitReport> init(const std::filesystem::path& path, const Clock& clock,
                        const Options& options) {
  DECNET_TRY(auto connection, connect(path, Connection::Access::kCreate, options));
  DECNET_TRY(const Survey before, survey(*connection));
  if (!before.empty) DECNET_CHECK(require_complete(*connection, before));
  DECNET_CHECK(use_write_ahead_log(*connection, options));
  DECNET_CHECK(tune(*connection, options));
  if (before.empty) {
    DECNET_CHECK(bring_up_to_date(*connection, clock.now()));
  }
  DECNET_TRY(Survey after, add_own_tables(*connection, clock.now()));
  InitReport report;
  if (before.report.own_outdated) report.updated_from = before.report.own_version;
  for (std::string& table : after.tables) {
    const bool old =
        std::find(before.tables.begin(), before.tables.end(), table) != before.tables.end();
    if (!old) report.created.push_back(std::move(table));
  }
  report.schema = std::move(after.report);
  return report;
}

}  // namespace sqlite

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& path, OpenMode mode,
                                              const Clock& clock) {
  return sqlite::open(path, mode, clock, {});
}

Result<InitReport> init_sqlite(const std::filesystem::path& path, const Clock& clock) {
  return sqlite::init(path, clock, {});
}

}  // namespace decnet::storage
