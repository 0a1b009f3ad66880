#include "decnet/storage/sqlite/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "decnet/base/file.h"
#include "decnet/base/utf8.h"
#include "decnet/storage/sqlite/stored_text.h"

namespace decnet::storage::sqlite {

SqliteJournal::SqliteJournal(Connection& connection, const Clock& clock, bool kept)
    : connection_(connection),
      clock_(clock),
      kept_(kept),
      outbox_(connection, "decnet_import_outbox"),
      read_position_(connection, "SELECT position FROM decnet_log_position WHERE log = ?1"),
      write_position_(connection,
                      "INSERT INTO decnet_log_position (log, position, updated_at) VALUES (?1, ?2, "
                      "?3) ON CONFLICT (log) DO UPDATE SET position = excluded.position, "
                      "updated_at = excluded.updated_at"),
      read_sessions_(connection,
                     "SELECT session_key, touched_at, state FROM decnet_open_session WHERE log = "
                     "?1 ORDER BY session_key"),
      write_session_(connection,
                     "INSERT INTO decnet_open_session (log, session_key, touched_at, state) VALUES "
                     "(?1, ?2, ?3, ?4) ON CONFLICT (log, session_key) DO UPDATE SET touched_at = "
                     "excluded.touched_at, state = excluded.state"),
      forget_session_(connection,
                      "DELETE FROM decnet_open_session WHERE log = ?1 AND session_key = ?2") {}

SqliteJournal::~SqliteJournal() {
  if (claim_ >= 0) ::close(claim_);
}

Result<void> SqliteJournal::write(const JournalEntry& entry) {
  if (!kept_ || entry.empty()) return {};
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  const std::string now = to_sql_text(clock_.now());
  for (const auto& [log, position] : entry.positions) {
    DECNET_TRY(const Statement* write, write_position_.get());
    const std::string text = position.dump();
    DECNET_CHECK(write->run(to_valid_utf8(log), text, now).run());
  }
  for (const OpenSession& session : entry.open) {
    DECNET_TRY(const Statement* write, write_session_.get());
    const std::string touched = to_sql_text(session.touched);
    const std::string state = session.state.dump();
    DECNET_CHECK(
        write->run(to_valid_utf8(session.log), to_valid_utf8(session.key), touched, state).run());
  }
  for (const auto& [log, key] : entry.ended) {
    DECNET_TRY(const Statement* forget, forget_session_.get());
    DECNET_CHECK(forget->run(to_valid_utf8(log), to_valid_utf8(key)).run());
  }
  DECNET_CHECK(outbox_.add(entry.messages));
  return transaction.commit();
}

Result<void> SqliteJournal::put(std::span<const OutboxMessage> messages) {
  JournalEntry entry;
  entry.messages.assign(messages.begin(), messages.end());
  return write(entry);
}

Result<std::optional<Json>> SqliteJournal::position(std::string_view log) {
  if (!kept_) return std::optional<Json>();
  DECNET_TRY(const Statement* read, read_position_.get());
  const std::string name = to_valid_utf8(log);
  auto row = read->run(name);
  DECNET_TRY(const bool there, row.next());
  if (!there) return std::optional<Json>();
  return std::optional(json_or_text(row.text(0)));
}

Result<std::vector<OpenSession>> SqliteJournal::open_sessions(std::string_view log) {
  std::vector<OpenSession> sessions;
  if (!kept_) return sessions;
  DECNET_TRY(const Statement* read, read_sessions_.get());
  const std::string name = to_valid_utf8(log);
  DECNET_CHECK(read->run(name).each([&](const Cursor& row) {
    sessions.push_back(
        {name, std::string(row.text(0)), time_or_epoch(row.text(1)), json_or_text(row.text(2))});
  }));
  return sessions;
}

Result<bool> SqliteJournal::claim_outbox() {
  if (!kept_) return false;
  if (claim_ >= 0) return true;
  // A lock that the system takes away when the process ends, however it ends. Beside the database,
  // not on it: SQLite's own locks must not meet it.
  const std::string path = connection_.name() + "-publisher";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660);
  if (file < 0) return fail(system_error(path, errno));
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) {
    claim_ = file;
    return true;
  }
  const int problem = errno;
  ::close(file);
  if (problem == EWOULDBLOCK) return false;
  return fail(system_error(path, problem));
}

Result<std::vector<OutboxMessage>> SqliteJournal::outbox(std::size_t max) {
  DECNET_TRY(const bool ours, claim_outbox());
  if (!ours) return std::vector<OutboxMessage>();
  return outbox_.oldest(max);
}

Result<void> SqliteJournal::outbox_done(std::span<const std::int64_t> sequences) {
  return outbox_.remove(sequences);
}

Result<std::uint64_t> SqliteJournal::outbox_depth() {
  if (!kept_) return std::uint64_t{0};
  return outbox_.size();
}

}  // namespace decnet::storage::sqlite
