// What attackers and canary_triggers remember.
#pragma once

#include "decnet/storage/history.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteHistory final : public History {
 public:
  explicit SqliteHistory(Connection& connection);
  Result<std::unique_ptr<RowStream<AttackerCommands>>> iter_attacker_commands_since(
      UtcTime since) override;
  Result<std::unique_ptr<RowStream<CanaryTrigger>>> iter_canary_triggers_since(
      UtcTime since) override;
  Result<RowCounts> count_attackers(UtcTime since) override;
  Result<RowCounts> count_canary_triggers(UtcTime since) override;

 private:
  Connection& connection_;
  Prepared count_attackers_;
  Prepared count_triggers_;
  std::int64_t streams_ = 0;  // opened so far
};

}  // namespace decnet::storage::sqlite
