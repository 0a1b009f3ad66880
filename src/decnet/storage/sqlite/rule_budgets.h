// decnet_rule_budget in SQLite.
#pragma once

#include "decnet/storage/rule_budgets.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteRuleBudgets final : public RuleBudgets {
 public:
  SqliteRuleBudgets(Connection& connection, bool kept);
  Result<void> add(std::span<const ExhaustedBudget> exhausted) override;
  Result<std::vector<ExhaustedBudget>> all() override;

 private:
  Connection& connection_;
  const bool kept_;
  Prepared add_;
  Prepared all_;
};

}  // namespace decnet::storage::sqlite
