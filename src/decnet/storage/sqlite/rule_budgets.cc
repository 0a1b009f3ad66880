#include "decnet/storage/sqlite/rule_budgets.h"

namespace decnet::storage::sqlite {

SqliteRuleBudgets::SqliteRuleBudgets(Connection& connection, bool kept)
    : connection_(connection),
      kept_(kept),
      add_(connection,
           "INSERT INTO decnet_rule_budget (rule_id, events, last_at) VALUES (?1, ?2, ?3) ON "
           "CONFLICT (rule_id) DO UPDATE SET events = events + excluded.events, last_at = "
           "max(last_at, excluded.last_at)"),
      all_(connection, "SELECT rule_id, events, last_at FROM decnet_rule_budget ORDER BY rule_id") {
}

Result<void> SqliteRuleBudgets::add(std::span<const ExhaustedBudget> exhausted) {
  if (!kept_ || exhausted.empty()) return {};
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  DECNET_TRY(const Statement* add, add_.get());
  for (const ExhaustedBudget& each : exhausted) {
    const std::string last = to_sql_text(each.last);
    DECNET_CHECK(add->run(each.rule_id, each.events, last).run());
  }
  return transaction.commit();
}

Result<std::vector<ExhaustedBudget>> SqliteRuleBudgets::all() {
  std::vector<ExhaustedBudget> found;
  if (!kept_) return found;
  DECNET_TRY(const Statement* all, all_.get());
  DECNET_CHECK(all->run().each([&](const Cursor& row) {
    found.push_back(
        {std::string(row.text(0)), row.integer(1), parse_time(row.text(2)).value_or(UtcTime())});
  }));
  return found;
}

}  // namespace decnet::storage::sqlite
