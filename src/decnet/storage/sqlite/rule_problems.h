// decnet_rule_problem in SQLite.
#pragma once

#include "decnet/storage/rule_problems.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteRuleProblems final : public RuleProblems {
 public:
  SqliteRuleProblems(Connection& connection, bool kept);
  [[nodiscard]] bool kept() const override { return kept_; }
  Result<void> replace(std::span<const RuleProblem> problems) override;
  Result<std::vector<RuleProblem>> all() override;

 private:
  Connection& connection_;
  const bool kept_;
  Prepared clear_;
  Prepared add_;
  Prepared all_;
};

}  // namespace decnet::storage::sqlite
