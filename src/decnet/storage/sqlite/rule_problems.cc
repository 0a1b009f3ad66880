#include "decnet/storage/sqlite/rule_problems.h"

#include <algorithm>

namespace decnet::storage::sqlite {
namespace {

bool same_problem(const RuleProblem& one, const RuleProblem& other) {
  return one.path == other.path && one.line == other.line && one.message == other.message;
}

}  // namespace

SqliteRuleProblems::SqliteRuleProblems(Connection& connection, bool kept)
    : connection_(connection),
      kept_(kept),
      clear_(connection, "DELETE FROM decnet_rule_problem"),
      add_(connection,
           "INSERT INTO decnet_rule_problem (place, path, line, message, since) VALUES (?1, ?2, "
           "?3, ?4, ?5)"),
      all_(connection,
           "SELECT path, line, message, since FROM decnet_rule_problem ORDER BY place") {}

Result<void> SqliteRuleProblems::replace(std::span<const RuleProblem> problems) {
  if (!kept_) return {};
  problems = problems.first(std::min(problems.size(), RuleProblem::kMaxKept));
  DECNET_TRY(auto before, all());
  if (std::equal(before.begin(), before.end(), problems.begin(), problems.end(), same_problem)) {
    return {};
  }
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  DECNET_TRY(before, all());  // once more with the write lock
  DECNET_TRY(const Statement* clear, clear_.get());
  DECNET_CHECK(clear->run().run());
  DECNET_TRY(const Statement* add, add_.get());
  std::int64_t place = 0;
  for (const RuleProblem& problem : problems) {
    const auto known =
        std::find_if(before.begin(), before.end(),
                     [&problem](const RuleProblem& other) { return same_problem(problem, other); });
    const std::string since = to_sql_text(known == before.end() ? problem.since : known->since);
    DECNET_CHECK(add->run(place++, problem.path, problem.line, problem.message, since).run());
  }
  return transaction.commit();
}

Result<std::vector<RuleProblem>> SqliteRuleProblems::all() {
  std::vector<RuleProblem> found;
  if (!kept_) return found;
  DECNET_TRY(const Statement* all, all_.get());
  DECNET_CHECK(all->run().each([&](const Cursor& row) {
    found.push_back({std::string(row.text(0)), row.integer(1), std::string(row.text(2)),
                     parse_time(row.text(3)).value_or(UtcTime())});
  }));
  return found;
}

}  // namespace decnet::storage::sqlite
