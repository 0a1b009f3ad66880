#include "decnet/rulestore/database/mirror.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::rulestore {
namespace {

constexpr std::size_t kMaxBytes = 1000;  // of a problem's text

// What of the two is to be done, besides what is told.
struct Plan {
  Mirrored told;
  std::vector<storage::RuleRow> rows;  // of told.put
};

Result<Plan> plan(const Contents& directory, storage::RuleRows& rows, std::string_view by,
                  UtcTime now) {
  DECNET_TRY(const auto stored, rows.rules());
  std::map<std::string_view, const storage::RuleRow*> by_id;
  for (const storage::RuleRow& row : stored.rows) by_id.emplace(row.rule_id, &row);

  Plan plan;
  std::set<std::string_view> wanted;
  for (std::size_t i = 0; i < directory.definitions.size(); ++i) {
    const rules::Definition& definition = *directory.definitions[i];
    const std::string& id = definition.id.text();
    wanted.insert(id);
    const auto row = by_id.find(id);
    if (row != by_id.end() && row->second->yaml_content == *directory.documents[i] &&
        row->second->rule_version == definition.version) {
      continue;
    }
    plan.told.put.push_back(definition.id);
    plan.rows.push_back({id, definition.version, fmt::format("./rules/ttp/{}.yaml", id),
                         *directory.documents[i], now, std::string(by)});
  }
  for (const storage::RuleRow& row : stored.rows) {
    if (wanted.contains(row.rule_id)) continue;
    if (row.updated_by != by && row.updated_by != kMirrorName) continue;
    (directory.complete ? plan.told.removed : plan.told.withheld).emplace_back(row.rule_id);
  }
  return plan;
}

// What costs a rule; what is only odd shows in the rows themselves.
std::vector<storage::RuleProblem> problems_of(const Contents& directory, UtcTime now) {
  std::vector<storage::RuleProblem> rows;
  for (const rules::Problem& problem : directory.problems) {
    if (problem.severity != rules::Problem::Severity::kError) continue;
    std::error_code unknown;  // then the path as it is says enough
    const auto absolute = std::filesystem::absolute(problem.path, unknown);
    rows.push_back({.path = to_valid_utf8((unknown ? problem.path : absolute).string()),
                    .line = problem.line,
                    .message = std::string(utf8_prefix(to_valid_utf8(problem.message), kMaxBytes)),
                    .since = now});
  }
  return rows;
}

}  // namespace

Result<Mirrored> mirror(const Contents& directory, storage::Database& database, std::string_view by,
                        const Clock& clock) {
  auto& rows = database.rule_rows();
  DECNET_TRY(Plan before, plan(directory, rows, by, clock.now()));
  const auto problems = problems_of(directory, clock.now());
  if (before.rows.empty() && before.told.removed.empty()) {
    DECNET_CHECK(database.rule_problems().replace(problems));
    return std::move(before.told);
  }
  // Once more with the write lock: another process may be at it too.
  DECNET_TRY(const auto transaction, database.begin());
  DECNET_TRY(Plan now, plan(directory, rows, by, clock.now()));
  for (const storage::RuleRow& row : now.rows) DECNET_CHECK(rows.put_rule(row));
  for (const RuleId& rule : now.told.removed) DECNET_CHECK(rows.remove_rule(rule.text()));
  DECNET_CHECK(database.rule_problems().replace(problems));
  DECNET_CHECK(transaction->commit());
  return std::move(now.told);
}

}  // namespace decnet::rulestore
