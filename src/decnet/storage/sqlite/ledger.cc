#include "decnet/storage/sqlite/ledger.h"

#include <iterator>

#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/storage/sqlite/ipv6_leak.h"
#include "decnet/storage/sqlite/stored_text.h"

namespace decnet::storage::sqlite {
namespace {

DeadLetter letter_of(const sqlite::Cursor& row) {
  DeadLetter letter;
  letter.number = row.integer(0);
  letter.message_id = std::string(row.text(1));
  letter.topic = std::string(row.text(2));
  letter.type = std::string(row.text(3));
  letter.payload = json_or_text(row.text(4));
  letter.ts = row.real(5);
  letter.reason = std::string(row.text(6));
  letter.attempts = row.integer(7);
  letter.died_at = time_or_epoch(row.text(8));
  return letter;
}

}  // namespace

SqliteLedger::SqliteLedger(Connection& connection, SqliteRepository& repository, const Clock& clock,
                           bool kept)
    : connection_(connection),
      repository_(repository),
      clock_(clock),
      kept_(kept),
      seen_(connection, clock, kept),
      outbox_(connection, "decnet_outbox"),
      read_cursor_(connection,
                   "SELECT position_time, position_key FROM decnet_cursor WHERE source = ?1"),
      write_cursor_(connection,
                    "INSERT INTO decnet_cursor (source, position_time, position_key, updated_at) "
                    "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source) DO UPDATE SET position_time = "
                    "excluded.position_time, position_key = excluded.position_key, updated_at = "
                    "excluded.updated_at"),
      add_dead_(connection,
                "INSERT INTO decnet_dead_letter (message_id, topic, event_type, payload, "
                "published_ts, reason, attempts, buried_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                "?8)"),
      read_dead_(connection,
                 "SELECT id, message_id, topic, event_type, payload, published_ts, reason, "
                 "attempts, buried_at FROM decnet_dead_letter ORDER BY id LIMIT ?1"),
      find_dead_(connection,
                 "SELECT id, message_id, topic, event_type, payload, published_ts, reason, "
                 "attempts, buried_at FROM decnet_dead_letter WHERE id = ?1"),
      drop_dead_(connection, "DELETE FROM decnet_dead_letter WHERE id = ?1") {}

// What was acknowledged to a durable bus must survive a power failure, which WAL with
// synchronous=NORMAL does not promise. One flush a batch, not one a row.
Result<void> SqliteLedger::make_durable() {
  if (durable_) return {};
  DECNET_CHECK(connection_.execute("PRAGMA synchronous = FULL"));
  durable_ = true;
  return {};
}

Result<Committed> SqliteLedger::commit(const Commit& commit) {
  DECNET_CHECK(make_durable());
  Committed committed;
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  DECNET_TRY(const auto fresh, insert(commit, committed));
  std::vector<OutboxMessage> messages;
  for (const auto& tags : fresh) {
    if (tags.empty() || !commit.announce) continue;
    auto about = commit.announce(tags);
    std::move(about.begin(), about.end(), std::back_inserter(messages));
  }
  for (const auto& tags : fresh) DECNET_CHECK(count_ipv6_leaks(connection_, tags, clock_.now()));
  if (kept_) {
    DECNET_CHECK(outbox_.add(messages));
    DECNET_CHECK(seen_.add(commit.seen));
    DECNET_CHECK(set_cursors(commit.cursors));
    DECNET_CHECK(bury(commit.dead_letters));
  } else {
    committed.unkept = std::move(messages);
  }
  DECNET_CHECK(transaction.commit());
  return committed;
}

Result<std::vector<std::vector<const Tag*>>> SqliteLedger::insert(const Commit& commit,
                                                                  Committed& committed) {
  std::vector<std::vector<const Tag*>> fresh;
  std::size_t before = 0;
  for (const std::vector<Tag>& tags : commit.tags) {
    DECNET_TRY(InsertOutcome outcome, repository_.insert_tags(tags));
    auto& of_message = fresh.emplace_back();
    for (const std::size_t index : outcome.inserted) of_message.push_back(&tags[index]);
    committed.inserted += outcome.inserted.size();
    for (const Tag& tag : tags) committed.below_floor += tag.confidence < kConfidenceFloor ? 1 : 0;
    for (Refused& refused : outcome.refused) {
      committed.refused.push_back({before + refused.index, std::move(refused.reason)});
    }
    before += tags.size();
  }
  return fresh;
}

Result<void> SqliteLedger::put(std::span<const OutboxMessage> messages) {
  if (!kept_ || messages.empty()) return {};
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  DECNET_CHECK(outbox_.add(messages));
  return transaction.commit();
}

Result<std::vector<OutboxMessage>> SqliteLedger::outbox(std::size_t max) {
  if (!kept_) return std::vector<OutboxMessage>();
  return outbox_.oldest(max);
}

Result<void> SqliteLedger::outbox_done(std::span<const std::int64_t> sequences) {
  return outbox_.remove(sequences);
}

Result<std::uint64_t> SqliteLedger::outbox_depth() {
  if (!kept_) return std::uint64_t{0};
  return outbox_.size();
}

Result<std::optional<storage::Cursor>> SqliteLedger::cursor(std::string_view name) {
  if (!kept_) return std::optional<storage::Cursor>();
  DECNET_TRY(const Statement* read, read_cursor_.get());
  auto row = read->run(name);
  DECNET_TRY(const bool there, row.next());
  if (!there) return std::optional<storage::Cursor>();
  return std::optional(storage::Cursor{time_or_epoch(row.text(0)), std::string(row.text(1))});
}

Result<void> SqliteLedger::set_cursors(
    const std::vector<std::pair<std::string, storage::Cursor>>& cursors) {
  if (cursors.empty()) return {};
  DECNET_TRY(const Statement* write, write_cursor_.get());
  const std::string now = to_sql_text(clock_.now());
  for (const auto& [name, cursor] : cursors) {
    const std::string time = to_sql_text(cursor.time);
    DECNET_CHECK(write->run(name, time, cursor.key, now).run());
  }
  return {};
}

Result<void> SqliteLedger::bury(std::span<const DeadLetter> letters) {
  if (letters.empty()) return {};
  DECNET_TRY(const Statement* add, add_dead_.get());
  for (const DeadLetter& letter : letters) {
    const std::string payload = letter.payload.dump();
    const std::string died = to_sql_text(letter.died_at);
    DECNET_CHECK(add->run(to_valid_utf8(letter.message_id), to_valid_utf8(letter.topic),
                          to_valid_utf8(letter.type), payload, letter.ts, letter.reason,
                          letter.attempts, died)
                     .run());
  }
  return {};
}

Result<std::vector<DeadLetter>> SqliteLedger::dead_letters(std::size_t max) {
  std::vector<DeadLetter> letters;
  if (!kept_) return letters;
  DECNET_TRY(const Statement* read, read_dead_.get());
  DECNET_CHECK(read->run(static_cast<std::int64_t>(max)).each([&](const Cursor& row) {
    letters.push_back(letter_of(row));
  }));
  return letters;
}

Result<std::optional<DeadLetter>> SqliteLedger::dead_letter(std::int64_t number) {
  if (!kept_) return std::optional<DeadLetter>();
  DECNET_TRY(const Statement* find, find_dead_.get());
  auto row = find->run(number);
  DECNET_TRY(const bool there, row.next());
  if (!there) return std::optional<DeadLetter>();
  return std::optional(letter_of(row));
}

Result<bool> SqliteLedger::drop_dead_letter(std::int64_t number) {
  if (!kept_) return false;
  DECNET_TRY(const Statement* drop, drop_dead_.get());
  DECNET_CHECK(drop->run(number).run());
  return connection_.changes() > 0;
}

}  // namespace decnet::storage::sqlite
