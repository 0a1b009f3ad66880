// Connection, Statement, Cursor, Transaction: SQLite's C API with owners and errors. Nothing
// outside storage/sqlite/ includes this.
//
// Threads:   everything of one connection belongs to one thread.
// Ownership: statements and transactions must go before their connection.
// Errors:    every message begins with the database's name, then says in an operator's words what
//            SQLite says; see Connection::error().
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "decnet/base/error.h"

namespace decnet::storage::sqlite {

class Connection;

// One run of a prepared statement, from binding to reset. Texts that were bound must outlive it.
class Cursor {
 public:
  Cursor(Cursor&& other) noexcept
      : connection_(other.connection_),
        statement_(std::exchange(other.statement_, nullptr)),
        problem_(other.problem_) {}
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  Cursor& operator=(Cursor&&) = delete;
  ~Cursor() {
    if (statement_ != nullptr) sqlite3_reset(statement_);
  }

  // Steps to the next row; false after the last.
  Result<bool> next();
  // Steps to the end.
  Result<void> run();
  // The same, and calls `take` with this cursor at each row.
  template <typename Take>
  Result<void> each(Take take) {
    for (;;) {
      DECNET_TRY(const bool row, next());
      if (!row) return {};
      take(std::as_const(*this));
    }
  }

  // Columns of the current row, from 0. A text's view lives until the next step.
  [[nodiscard]] bool is_null(int column) const { return type(column) == SQLITE_NULL; }
  [[nodiscard]] bool is_text(int column) const { return type(column) == SQLITE_TEXT; }
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }
  [[nodiscard]] std::string_view text(int column) const;

 private:
  friend class Statement;
  Cursor(Connection& connection, sqlite3_stmt* statement)
      : connection_(&connection), statement_(statement) {}

  [[nodiscard]] int type(int column) const { return sqlite3_column_type(statement_, column); }
  void bind(int index, std::string_view value);
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, std::int64_t value);
  void bind(int index, double value);
  void bind_null(int index);
  template <typename Value>
  void bind(int index, const std::optional<Value>& value) {
    value ? bind(index, *value) : bind_null(index);
  }
  void note(int code) {
    if (problem_ == SQLITE_OK) problem_ = code;
  }

  Connection* connection_;
  sqlite3_stmt* statement_;
  int problem_ = SQLITE_OK;  // the first of a bind; next() reports it
};

// A prepared statement, kept for many runs. One Cursor of it at a time.
class Statement {
 public:
  // Binds parameters ?1, ?2, … in order: texts, 64-bit integers, optional ones of
  // both, doubles.
  template <typename... Values>
  [[nodiscard]] Cursor run(const Values&... values) const {
    Cursor cursor(*connection_, statement_.get());
    int index = 0;
    (cursor.bind(++index, values), ...);
    return cursor;
  }

 private:
  friend class Connection;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement(Connection& connection, sqlite3_stmt* statement)
      : connection_(&connection), statement_(statement) {}

  Connection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

class Connection {
 public:
  enum class Access { kReadOnly, kReadWrite, kCreate };

  // Opens the file, which is made for its owner alone when kCreate finds none, and reads nothing of
  // it yet: a file of another kind is found out by the first statement. The path as given is the
  // database's name in messages.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path, Access access,
                                                  std::chrono::milliseconds busy_timeout);
  // A private database in memory.
  static Result<std::unique_ptr<Connection>> in_memory();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  Result<Statement> prepare(std::string_view sql);
  // Runs statements that need no parameters and whose rows do not matter, one after the other.
  Result<void> execute(const std::string& sql);
  // The first column of the first row as text; nothing without a row or when it is NULL.
  Result<std::optional<std::string>> value(std::string_view sql);

  // How long a statement waits for another program's lock.
  void set_busy_timeout(std::chrono::milliseconds timeout);

  // Rows changed by the last INSERT, UPDATE or DELETE.
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  [[nodiscard]] bool is_read_only() const {
    return sqlite3_db_readonly(handle_.get(), "main") == 1;
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] sqlite3* handle() { return handle_.get(); }

  // Whether the call that just failed met a value beyond the size this connection reads or writes:
  // that row alone is at fault.
  [[nodiscard]] bool value_was_too_large() const {
    return sqlite3_errcode(handle_.get()) == SQLITE_TOOBIG;
  }

  // "<name>: <cause>" for a result code of the call just made on this connection.
  [[nodiscard]] Error error(int code) const;

 private:
  friend class Transaction;
  struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Connection(std::string name) : name_(std::move(name)) {}
  Result<void> set_up(const char* file, int flags, std::chrono::milliseconds busy_timeout);

  std::string name_;
  std::chrono::milliseconds busy_timeout_{0};
  std::unique_ptr<sqlite3, Closer> handle_;
  int open_transactions_ = 0;
};

// Everything between begin() and commit(), or nothing: a transaction that goes without commit() is
// rolled back. The outermost takes the write lock at once, so that it never fails half-way for
// another writer's sake; one inside another is a savepoint of it. They end in the reverse order.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), depth_(other.depth_) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  Transaction(Connection& connection, int depth) : connection_(&connection), depth_(depth) {}

  Connection* connection_;  // null when committed
  int depth_;               // 0: the outermost
};

}  // namespace decnet::storage::sqlite
