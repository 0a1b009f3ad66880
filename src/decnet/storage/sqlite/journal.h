// The live import's journal in decnet_import_outbox, decnet_open_session and decnet_log_position.
#pragma once

#include "decnet/storage/journal.h"
#include "decnet/storage/sqlite/outbox_table.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteJournal final : public Journal {
 public:
  // `kept`: whether all three tables are there.
  SqliteJournal(Connection& connection, const Clock& clock, bool kept);
  SqliteJournal(const SqliteJournal&) = delete;
  SqliteJournal& operator=(const SqliteJournal&) = delete;
  ~SqliteJournal() override;

  [[nodiscard]] bool kept() const override { return kept_; }
  Result<void> write(const JournalEntry& entry) override;
  Result<std::optional<Json>> position(std::string_view log) override;
  Result<std::vector<OpenSession>> open_sessions(std::string_view log) override;
  Result<bool> claim_outbox() override;
  Result<void> put(std::span<const OutboxMessage> messages) override;
  Result<std::vector<OutboxMessage>> outbox(std::size_t max) override;
  Result<void> outbox_done(std::span<const std::int64_t> sequences) override;
  Result<std::uint64_t> outbox_depth() override;

 private:
  Connection& connection_;
  const Clock& clock_;
  const bool kept_;
  int claim_ = -1;  // of the lock file; -1: somebody else's, or not asked for yet
  OutboxTable outbox_;
  Prepared read_position_;
  Prepared write_position_;
  Prepared read_sessions_;
  Prepared write_session_;
  Prepared forget_session_;
};

}  // namespace decnet::storage::sqlite
