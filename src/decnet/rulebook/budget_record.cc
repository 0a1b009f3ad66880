#include "decnet/rulebook/budget_record.h"

#include <utility>
#include <vector>

namespace decnet::rulebook {

Result<void> BudgetRecord::write(const rules::RuleSet& rules, storage::RuleBudgets& budgets) {
  const std::vector<std::uint64_t> counts = rules.exhausted();
  std::unordered_map<std::string, std::uint64_t> counted;
  std::vector<storage::ExhaustedBudget> fresh;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const std::string& rule = rules.rules()[i]->definition.id.text();
    counted.emplace(rule, counts[i]);
    const auto before = written_.find(rule);
    const bool goes_on = before != written_.end() && before->second <= counts[i];
    const std::uint64_t more = goes_on ? counts[i] - before->second : counts[i];
    if (more > 0) fresh.push_back({rule, static_cast<std::int64_t>(more), clock_->now()});
  }
  DECNET_CHECK(budgets.add(fresh));
  written_ = std::move(counted);
  return {};
}

}  // namespace decnet::rulebook
