#include "decnet/rulestore/database/mirror.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace decnet::rulestore {
namespace {

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

}  // namespace

Result<Mirrored> mirror(const Contents& directory, storage::Database& database, std::string_view by,
                        const Clock& clock) {
  auto& rows = database.rule_rows();
  DECNET_TRY(Plan before, plan(directory, rows, by, clock.now()));
  if (before.rows.empty() && before.told.removed.empty()) return std::move(before.told);
  // Once more with the write lock: another process may be at it too.
  DECNET_TRY(const auto transaction, database.begin());
  DECNET_TRY(Plan now, plan(directory, rows, by, clock.now()));
  for (const storage::RuleRow& row : now.rows) DECNET_CHECK(rows.put_rule(row));
  for (const RuleId& rule : now.told.removed) DECNET_CHECK(rows.remove_rule(rule.text()));
  DECNET_CHECK(transaction->commit());
  return std::move(now.told);
}

}  // namespace decnet::rulestore
