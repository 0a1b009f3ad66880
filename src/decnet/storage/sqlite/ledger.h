// The live worker's ledger in decnet_outbox, decnet_cursor, decnet_seen and decnet_dead_letter.
#pragma once

#include "decnet/storage/ledger.h"
#include "decnet/storage/sqlite/outbox_table.h"
#include "decnet/storage/sqlite/prepared.h"
#include "decnet/storage/sqlite/repository.h"
#include "decnet/storage/sqlite/seen_commands.h"

namespace decnet::storage::sqlite {

class SqliteLedger final : public Ledger {
 public:
  // `kept`: whether all four tables are there.
  SqliteLedger(Connection& connection, SqliteRepository& repository, const Clock& clock, bool kept);

  [[nodiscard]] bool kept() const override { return kept_; }
  Result<Committed> commit(const Commit& commit) override;
  Result<void> put(std::span<const OutboxMessage> messages) override;
  Result<std::vector<OutboxMessage>> outbox(std::size_t max) override;
  Result<void> outbox_done(std::span<const std::int64_t> sequences) override;
  Result<std::uint64_t> outbox_depth() override;
  Result<std::optional<storage::Cursor>> cursor(std::string_view name) override;
  SeenCommands& seen() override { return seen_; }
  Result<std::vector<DeadLetter>> dead_letters(std::size_t max) override;
  Result<std::optional<DeadLetter>> dead_letter(std::int64_t number) override;
  Result<bool> drop_dead_letter(std::int64_t number) override;

 private:
  // Positions of the tags that were new, for each upstream message.
  Result<std::vector<std::vector<const Tag*>>> insert(const Commit& commit, Committed& committed);
  Result<void> set_cursors(const std::vector<std::pair<std::string, storage::Cursor>>& cursors);
  Result<void> bury(std::span<const DeadLetter> letters);
  Result<void> make_durable();

  Connection& connection_;
  SqliteRepository& repository_;
  const Clock& clock_;
  const bool kept_;
  SqliteSeenCommands seen_;
  bool durable_ = false;
  OutboxTable outbox_;
  Prepared read_cursor_;
  Prepared write_cursor_;
  Prepared add_dead_;
  Prepared read_dead_;
  Prepared find_dead_;
  Prepared drop_dead_;
};

}  // namespace decnet::storage::sqlite
