#include "decnet/storage/sqlite/outbox_table.h"

#include <fmt/format.h>

#include "decnet/storage/sqlite/stored_text.h"

namespace decnet::storage::sqlite {

OutboxTable::OutboxTable(Connection& connection, std::string_view table)
    : connection_(connection),
      add_sql_(fmt::format("INSERT INTO {} (message_id, topic, event_type, payload, created_at, "
                           "attempts) VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT (message_id) DO "
                           "NOTHING",
                           table)),
      read_sql_(fmt::format("SELECT id, message_id, topic, event_type, payload, created_at FROM {} "
                            "ORDER BY id LIMIT ?1",
                            table)),
      remove_sql_(fmt::format("DELETE FROM {} WHERE id = ?1", table)),
      count_sql_(fmt::format("SELECT count(*) FROM {}", table)),
      add_(connection, add_sql_),
      read_(connection, read_sql_),
      remove_(connection, remove_sql_),
      count_(connection, count_sql_) {}

Result<void> OutboxTable::add(std::span<const OutboxMessage> messages) {
  if (messages.empty()) return {};
  DECNET_TRY(const Statement* add, add_.get());
  for (const OutboxMessage& message : messages) {
    const std::string payload = message.payload.dump();
    const std::string created = to_sql_text(message.created_at);
    DECNET_CHECK(add->run(message.id, message.topic, message.type, payload, created).run());
  }
  return {};
}

Result<std::vector<OutboxMessage>> OutboxTable::oldest(std::size_t max) {
  std::vector<OutboxMessage> messages;
  DECNET_TRY(const Statement* read, read_.get());
  auto row = read->run(static_cast<std::int64_t>(max));
  for (std::size_t bytes = 0;;) {
    DECNET_TRY(const bool more, row.next());
    if (!more || bytes >= kMaxBytes) return messages;
    bytes += row.text(4).size();
    messages.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)),
                        std::string(row.text(3)), json_or_text(row.text(4)),
                        time_or_epoch(row.text(5))});
  }
}

Result<void> OutboxTable::remove(std::span<const std::int64_t> sequences) {
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  DECNET_TRY(const Statement* remove, remove_.get());
  for (const std::int64_t sequence : sequences) DECNET_CHECK(remove->run(sequence).run());
  return transaction.commit();
}

Result<std::uint64_t> OutboxTable::size() {
  DECNET_TRY(const Statement* count, count_.get());
  auto row = count->run();
  DECNET_CHECK(row.next());
  return static_cast<std::uint64_t>(row.integer(0));
}

}  // namespace decnet::storage::sqlite
