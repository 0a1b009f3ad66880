#include "decnet/storage/sqlite/summary.h"

#include "decnet/storage/rule_tally.h"
#include "decnet/storage/tag_tally.h"

namespace decnet::storage::sqlite {
namespace {

// ?1 least confidence, and of kOfAttacker ?2 a uuid or an address.
constexpr std::string_view kAll =
    "SELECT tactic, coalesce(nullif(sub_technique_id, ''), technique_id), "
    "coalesce(attacker_uuid, identity_uuid), confidence, evidence, created_at FROM ttp_tag "
    "WHERE confidence >= ?1";
constexpr std::string_view kOfAttacker =
    "SELECT tactic, coalesce(nullif(sub_technique_id, ''), technique_id), "
    "coalesce(attacker_uuid, identity_uuid), confidence, evidence, created_at FROM ttp_tag "
    "WHERE confidence >= ?1 AND attacker_uuid IN "
    "(SELECT ?2 UNION SELECT uuid FROM attackers WHERE ip = ?2)";
// A tag is not stored before its event happened, so older rows need not be looked at.
constexpr std::string_view kOfRules =
    "SELECT rule_id, source_kind, source_id, evidence, created_at FROM ttp_tag "
    "WHERE created_at >= ?1 ORDER BY created_at, rowid";

}  // namespace

SqliteSummaries::SqliteSummaries(Connection& connection)
    : all_(connection, kAll),
      of_attacker_(connection, kOfAttacker),
      of_rules_(connection, kOfRules) {}

Result<std::vector<TechniqueSummary>> SqliteSummaries::by_technique(const SummaryFilter& filter) {
  DECNET_TRY(const Statement* all, all_.get());
  DECNET_TRY(const Statement* of_attacker, of_attacker_.get());
  TagTally tally(filter.since);
  Cursor rows = filter.attacker ? of_attacker->run(filter.min_confidence, *filter.attacker)
                                : all->run(filter.min_confidence);
  DECNET_CHECK(rows.each([&](const Cursor& row) {
    tally.add({row.text(0), row.text(1), row.text(2), row.real(3), row.text(4), row.text(5)});
  }));
  return tally.rows();
}

Result<std::vector<RuleSummary>> SqliteSummaries::by_rule(UtcTime since) {
  DECNET_TRY(const Statement* of_rules, of_rules_.get());
  RuleTally tally(since);
  const std::string from = to_sql_text(since);  // lives as long as the cursor
  DECNET_CHECK(of_rules->run(from).each([&](const Cursor& row) {
    tally.add({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)});
  }));
  return tally.rows();
}

}  // namespace decnet::storage::sqlite
