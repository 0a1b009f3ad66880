#include "decnet/storage/sqlite/summary.h"

#include "decnet/base/json.h"

namespace decnet::storage::sqlite {
namespace {

// When it happened, in microseconds since 1970: evidence.ts when it is a time, else created_at;
// NULL when neither is. Times in evidence may carry any offset, so their texts do not compare.
void event_time(sqlite3_context* context, int, sqlite3_value** values) {
  const auto text = [values](int i) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(values[i]));
    if (bytes == nullptr) return std::string_view();
    return std::string_view(bytes, static_cast<std::size_t>(sqlite3_value_bytes(values[i])));
  };
  std::optional<UtcTime> time;
  if (const auto evidence = Json::parse(text(0)); evidence) {
    const Json* ts = evidence->find("ts");
    if (ts != nullptr && ts->string() != nullptr) time = parse_time(*ts->string());
  }
  if (!time) time = parse_time(text(1));
  if (time) {
    sqlite3_result_int64(context, time->time_since_epoch().count());
  } else {
    sqlite3_result_null(context);
  }
}

Result<void> define_event_time(Connection& connection) {
  const int code = sqlite3_create_function_v2(connection.handle(), "decnet_event_time", 2,
                                              SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
                                              event_time, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(connection.error(code));
  return {};
}

// ?1 attacker or NULL, ?2 least confidence, ?3 since or NULL.
constexpr std::string_view kByTechnique = R"sql(
WITH tag AS (
  SELECT tactic, coalesce(nullif(sub_technique_id, ''), technique_id) AS technique,
         coalesce(attacker_uuid, identity_uuid) AS attacker, confidence,
         decnet_event_time(evidence, created_at) AS time
  FROM ttp_tag
  WHERE (?1 IS NULL OR attacker_uuid = ?1
         OR attacker_uuid IN (SELECT uuid FROM attackers WHERE ip = ?1))
    AND confidence >= ?2
)
SELECT tactic, technique, count(*), count(DISTINCT attacker), max(confidence),
       coalesce(min(time), 0), coalesce(max(time), 0)
FROM tag
WHERE ?3 IS NULL OR time >= ?3
GROUP BY tactic, technique
ORDER BY tactic, technique
)sql";

UtcTime from_microseconds(std::int64_t count) { return UtcTime(std::chrono::microseconds(count)); }

}  // namespace

Result<std::vector<TechniqueSummary>> SqliteSummaries::by_technique(const SummaryFilter& filter) {
  DECNET_CHECK(define_event_time(connection_));
  DECNET_TRY(const Statement query, connection_.prepare(kByTechnique));
  std::optional<std::int64_t> since;
  if (filter.since) since = filter.since->time_since_epoch().count();
  Cursor row = query.run(filter.attacker, filter.min_confidence, since);
  std::vector<TechniqueSummary> summaries;
  for (;;) {
    DECNET_TRY(const bool any, row.next());
    if (!any) return summaries;
    TechniqueSummary summary;
    summary.tactic = row.text(0);
    summary.technique = row.text(1);
    summary.tags = static_cast<std::uint64_t>(row.integer(2));
    summary.attackers = static_cast<std::uint64_t>(row.integer(3));
    summary.max_confidence = row.real(4);
    summary.first_seen = from_microseconds(row.integer(5));
    summary.last_seen = from_microseconds(row.integer(6));
    summaries.push_back(std::move(summary));
  }
}

}  // namespace decnet::storage::sqlite
