// The record of tagged commands in decnet_seen.
#pragma once

#include "decnet/storage/seen_commands.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteSeenCommands final : public SeenCommands {
 public:
  // `kept`: whether the table is there.
  SqliteSeenCommands(Connection& connection, const Clock& clock, bool kept);

  [[nodiscard]] bool kept() const override { return kept_; }
  Result<void> add(std::span<const SeenCommand> commands) override;
  Result<std::vector<std::optional<SeenAs>>> find(std::string_view attacker_uuid,
                                                  std::span<const TypedCommand> commands,
                                                  std::optional<SeenIn> in) override;
  Result<std::uint64_t> forget(UtcTime before, std::uint64_t keep, std::uint64_t max) override;
  Result<std::optional<UtcTime>> forgotten_until() override;

 private:
  Connection& connection_;
  const Clock& clock_;
  const bool kept_;
  Prepared add_;
  Prepared find_;
  Prepared oldest_;
  Prepared newest_;
  Prepared forget_;
  Prepared note_forgotten_;
  Prepared forgotten_;
};

}  // namespace decnet::storage::sqlite
