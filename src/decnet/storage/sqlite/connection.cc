#include "decnet/storage/sqlite/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>
#include <system_error>

namespace decnet::storage::sqlite {
namespace {

// No value we keep comes near it; without a limit one damaged or hostile row could ask for 1 GB.
constexpr int kMaxValueBytes = 32 << 20;

int length(std::string_view text) {
  // What does not fit the type is beyond the limit too, and refused for it.
  return static_cast<int>(std::min<std::size_t>(text.size(), std::numeric_limits<int>::max()));
}

std::string duration_text(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? fmt::format("{} s", time.count() / 1000)
                                  : fmt::format("{} ms", time.count());
}

// What attackers typed, passwords too, is for the owner alone, whatever the umask; who wants more
// readers changes the mode once. SQLite gives its journals the mode of the database. A file that
// exists is not even opened: closing it would take away the locks of this process.
void create_private(const char* file) {
  const int fd = ::open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd >= 0) (void)::close(fd);  // what else there is SQLite tells
}

}  // namespace

Result<bool> Cursor::next() {
  const int code = problem_ == SQLITE_OK ? sqlite3_step(statement_) : problem_;
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(connection_->error(code));
}

Result<void> Cursor::run() {
  for (;;) {
    DECNET_TRY(const bool row, next());
    if (!row) return {};
  }
}

std::string_view Cursor::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Cursor::bind(int index, std::string_view value) {
  // A null pointer would bind NULL.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  note(sqlite3_bind_text(statement_, index, bytes, length(value), SQLITE_STATIC));
}
void Cursor::bind(int index, std::int64_t value) {
  note(sqlite3_bind_int64(statement_, index, value));
}
void Cursor::bind(int index, double value) { note(sqlite3_bind_double(statement_, index, value)); }
void Cursor::bind_null(int index) { note(sqlite3_bind_null(statement_, index)); }

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& path,
                                                     Access access,
                                                     std::chrono::milliseconds busy_timeout) {
  int flags = SQLITE_OPEN_READWRITE;  // read-only when the file is: then only writing fails
  if (access == Access::kReadOnly) flags = SQLITE_OPEN_READONLY;
  if (access == Access::kCreate) flags |= SQLITE_OPEN_CREATE;
  std::unique_ptr<Connection> connection(new Connection(path.string()));
  // Absolute, so that a file called ":memory:" is a file.
  std::error_code problem;
  const auto absolute = std::filesystem::absolute(path, problem);
  if (access == Access::kCreate) create_private(problem ? path.c_str() : absolute.c_str());
  DECNET_CHECK(connection->set_up(problem ? path.c_str() : absolute.c_str(), flags, busy_timeout));
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::in_memory() {
  std::unique_ptr<Connection> connection(new Connection("(memory)"));
  DECNET_CHECK(connection->set_up(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY,
                                  std::chrono::milliseconds::zero()));
  return connection;
}

Result<void> Connection::set_up(const char* file, int flags,
                                std::chrono::milliseconds busy_timeout) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) return fail(error(code));
  set_busy_timeout(busy_timeout);
  // The file may come from anywhere: its schema must not run functions with side effects.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  return {};
}

void Connection::set_busy_timeout(std::chrono::milliseconds timeout) {
  busy_timeout_ = timeout;
  sqlite3_busy_timeout(handle_.get(), static_cast<int>(timeout.count()));
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), length(sql),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return Statement(*this, statement);
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

Result<std::optional<std::string>> Connection::value(std::string_view sql) {
  DECNET_TRY(const Statement statement, prepare(sql));
  Cursor cursor = statement.run();
  DECNET_TRY(const bool row, cursor.next());
  if (!row || cursor.is_null(0)) return std::optional<std::string>();
  return std::optional<std::string>(cursor.text(0));
}

Error Connection::error(int code) const {
  const auto make = [this](ErrorCode what, std::string_view cause) {
    return Error{what, fmt::format("{}: {}", name_, cause)};
  };
  if (handle_ == nullptr) return make(ErrorCode::kUnavailable, "out of memory");
  const int number = sqlite3_system_errno(handle_.get());
  const std::string system = number == 0 ? std::string(sqlite3_errmsg(handle_.get()))
                                         : std::generic_category().message(number);
  switch (code & 0xFF) {  // the primary code; the rest is detail
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make(ErrorCode::kUnavailable,
                  fmt::format("the database is locked by another program (waited {})",
                              duration_text(busy_timeout_)));
    case SQLITE_FULL:
      return make(ErrorCode::kUnavailable, "the database or its disk is full");
    case SQLITE_READONLY:
      return make(ErrorCode::kUnavailable, code == SQLITE_READONLY_DIRECTORY
                                               ? "the database's directory is read-only"
                                               : "the database is read-only");
    case SQLITE_CANTOPEN:
      return make(ErrorCode::kUnavailable,
                  fmt::format("cannot open the database or a journal beside it: {}", system));
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return make(ErrorCode::kUnavailable, "permission denied");
    case SQLITE_IOERR:
      return make(ErrorCode::kUnavailable, fmt::format("I/O error: {}", system));
    case SQLITE_NOTADB:
      return make(ErrorCode::kInvalid, "not an SQLite database");
    case SQLITE_CORRUPT:
      return make(ErrorCode::kInvalid, "the database file is damaged");
    case SQLITE_NOMEM:
      return make(ErrorCode::kUnavailable, "out of memory");
    case SQLITE_TOOBIG:
      return make(ErrorCode::kInvalid, "a value is too large");
    default:
      return make(ErrorCode::kInternal, sqlite3_errmsg(handle_.get()));
  }
}

Result<Transaction> Transaction::begin(Connection& connection) {
  const int depth = connection.open_transactions_;
  DECNET_CHECK(connection.execute(depth == 0 ? std::string("BEGIN IMMEDIATE")
                                             : fmt::format("SAVEPOINT decnet_{}", depth)));
  ++connection.open_transactions_;
  return Transaction(connection, depth);
}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  connection_->open_transactions_ = depth_;
  // SQLite may have rolled everything back itself, for a full disk for instance.
  if (!connection_->in_transaction()) return;
  // Nobody could do better with an error.
  (void)connection_->execute(
      depth_ == 0 ? std::string("ROLLBACK")
                  : fmt::format("ROLLBACK TO decnet_{0}; RELEASE decnet_{0}", depth_));
}

Result<void> Transaction::commit() {
  DECNET_CHECK(connection_->execute(depth_ == 0 ? std::string("COMMIT")
                                                : fmt::format("RELEASE decnet_{}", depth_)));
  connection_->open_transactions_ = depth_;
  connection_ = nullptr;
  return {};
}

}  // namespace decnet::storage::sqlite
