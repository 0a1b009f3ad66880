// BudgetRecord: passes on what a process counted of exhausted budgets to the database, where
// `ttp-rules list` reads them.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/rules/rule_set.h"
#include "decnet/storage/rule_budgets.h"

namespace decnet::rulebook {

class BudgetRecord {
 public:
  explicit BudgetRecord(const Clock& clock) : clock_(&clock) {}

  // What was counted since the last call that succeeded. Errors: as RuleBudgets::add(); the next
  // call makes up for it. A count that is lower than it was belongs to a new pattern.
  Result<void> write(const rules::RuleSet& rules, storage::RuleBudgets& budgets);

 private:
  const Clock* clock_;
  std::unordered_map<std::string, std::uint64_t> written_;  // by rule, as it was counted
};

}  // namespace decnet::rulebook
