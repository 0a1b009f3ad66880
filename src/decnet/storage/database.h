// Database: one open database, whatever its dialect, and what can be done with it.
//
// Threads: one instance per thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/storage/activity.h"
#include "decnet/storage/attackers.h"
#include "decnet/storage/history.h"
#include "decnet/storage/journal.h"
#include "decnet/storage/ledger.h"
#include "decnet/storage/observations.h"
#include "decnet/storage/repository.h"
#include "decnet/storage/rule_budgets.h"
#include "decnet/storage/rule_problems.h"
#include "decnet/storage/rule_rows.h"
#include "decnet/storage/summary.h"

namespace decnet::storage {

// What the database is, by its version marks.
enum class Ownership {
  kOurs,       // decnet_schema: created by this program
  kFramework,  // alembic_version: the framework's; its tables are never altered
  kUnmarked,   // no mark, but the columns needed are all there
};

struct SchemaReport {
  Ownership ownership = Ownership::kOurs;
  std::string version;                   // the mark: our number, or the framework's revision
  int own_version = 0;                   // of the decnet_… tables; 0: there is no decnet_schema
  bool own_outdated = false;             // they are of an earlier release
  std::vector<std::string> own_tables;   // decnet_… tables present
  std::vector<std::string> missing;      // "table.column" needed and not there
  std::vector<std::string> missing_own;  // own tables not there (framework database, no `db init`)
};

// Groups what is done through one Database until commit(): all of it is kept, or, when the object
// goes without a commit, nothing. An insert_tags() or merge() inside it is still all or nothing by
// itself. After kUnavailable the whole group may be gone: drop it and begin again.
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Result<void> commit() = 0;
};

class Database {
 public:
  virtual ~Database() = default;
  virtual Repository& repository() = 0;
  virtual History& history() = 0;
  virtual Observations& observations() = 0;
  virtual Summaries& summaries() = 0;
  virtual Attackers& attackers() = 0;
  virtual Activity& activity() = 0;
  virtual Ledger& ledger() = 0;
  virtual Journal& journal() = 0;
  virtual RuleRows& rule_rows() = 0;
  virtual RuleBudgets& rule_budgets() = 0;
  virtual RuleProblems& rule_problems() = 0;

  // Must end before the Database does, and before one begun earlier.
  virtual Result<std::unique_ptr<Transaction>> begin() = 0;

  // How long a call waits for another program's lock before it is kUnavailable; 30 s unless set.
  virtual void set_patience(std::chrono::milliseconds patience) = 0;

  [[nodiscard]] virtual const SchemaReport& schema() const = 0;
  // The file or server, for messages: "decnet.db".
  [[nodiscard]] virtual const std::string& name() const = 0;
};

enum class OpenMode {
  kCreate,    // an absent or empty database is created with our shapes and our mark
  kExisting,  // absent: kNotFound
  kInspect,   // as kExisting, but a schema that lacks columns is reported, not refused
};

// Opens an SQLite file.
// Errors, each one line naming the path and the cause: kNotFound; kUnavailable (permission, locked,
// disk full); kInvalid (no SQLite database; columns missing; decnet_schema newer than the program).
Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& path, OpenMode mode,
                                              const Clock& clock = system_clock());

struct InitReport {
  std::vector<std::string> created;  // tables created by this call, in order; empty: all were there
  int updated_from = 0;              // own_version before, when they were of an earlier release
  SchemaReport schema;
};
// Creates what is missing of our own tables, and brings those of an earlier release up to date:
// everything in a fresh database, only decnet_… tables in a framework one. Idempotent.
Result<InitReport> init_sqlite(const std::filesystem::path& path,
                               const Clock& clock = system_clock());

}  // namespace decnet::storage
