#include "decnet/storage/sqlite/rule_rows.h"

#include <fmt/format.h>

#include "decnet/base/utf8.h"

namespace decnet::storage::sqlite {
namespace {

#define RULE_COLUMNS \
  "SELECT rule_id, rule_version, source_path, yaml_content, updated_at, updated_by FROM ttp_rule"
#define STATE_COLUMNS                                                                  \
  "SELECT rule_id, state, confidence_max, expires_at, reason, set_by, set_at, typeof(" \
  "confidence_max) FROM ttp_rule_state"

void add_rule(const Cursor& row, RuleTable<RuleRow>& table) {
  RuleRow& rule = table.rows.emplace_back();
  rule.rule_id = std::string(row.text(0));
  rule.rule_version = row.integer(1);
  rule.source_path = std::string(row.text(2));
  rule.yaml_content = std::string(row.text(3));
  rule.updated_at = parse_time(row.text(4)).value_or(UtcTime());
  rule.updated_by = std::string(row.text(5));
}

// An end or a ceiling that cannot be read may not be taken for none: a rule silenced for an hour
// would be silent for ever.
void add_state(const Cursor& row, RuleTable<RuleStateRow>& table) {
  RuleStateRow state;
  state.rule_id = std::string(row.text(0));
  state.state = std::string(row.text(1));
  if (!row.is_null(2)) {
    if (row.text(7) != "real" && row.text(7) != "integer") {
      table.unreadable.push_back({state.rule_id, fmt::format("confidence_max: '{}' is no number",
                                                             utf8_prefix(row.text(2), 100))});
      return;
    }
    state.confidence_max = row.real(2);
  }
  if (!row.is_null(3)) {
    state.expires_at = parse_time(row.text(3));
    if (!state.expires_at) {
      table.unreadable.push_back({state.rule_id, fmt::format("expires_at: '{}' is no time",
                                                             utf8_prefix(row.text(3), 100))});
      return;
    }
  }
  state.reason = std::string(row.text(4));
  state.set_by = std::string(row.text(5));
  state.set_at = parse_time(row.text(6)).value_or(UtcTime());
  table.rows.push_back(std::move(state));
}

std::optional<std::string_view> text_or_null(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

SqliteRuleRows::SqliteRuleRows(Connection& connection)
    : connection_(connection),
      data_version_(connection, "PRAGMA data_version"),
      rules_{{connection, RULE_COLUMNS " ORDER BY rule_id"},
             {connection, "SELECT rule_id FROM ttp_rule ORDER BY rule_id"},
             {connection, RULE_COLUMNS " WHERE rule_id = ?1"},
             add_rule},
      put_rule_(connection,
                "INSERT INTO ttp_rule (rule_id, rule_version, source_path, yaml_content, "
                "updated_at, updated_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (rule_id) DO "
                "UPDATE SET rule_version = excluded.rule_version, source_path = "
                "excluded.source_path, yaml_content = excluded.yaml_content, updated_at = "
                "excluded.updated_at, updated_by = excluded.updated_by"),
      remove_rule_(connection, "DELETE FROM ttp_rule WHERE rule_id = ?1"),
      states_{{connection, STATE_COLUMNS " ORDER BY rule_id"},
              {connection, "SELECT rule_id FROM ttp_rule_state ORDER BY rule_id"},
              {connection, STATE_COLUMNS " WHERE rule_id = ?1"},
              add_state},
      put_state_(connection,
                 "INSERT INTO ttp_rule_state (rule_id, state, confidence_max, expires_at, reason, "
                 "set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (rule_id) DO "
                 "UPDATE SET state = excluded.state, confidence_max = excluded.confidence_max, "
                 "expires_at = excluded.expires_at, reason = excluded.reason, set_by = "
                 "excluded.set_by, set_at = excluded.set_at"),
      remove_state_(connection, "DELETE FROM ttp_rule_state WHERE rule_id = ?1"),
      remove_expired_state_(connection,
                            "DELETE FROM ttp_rule_state WHERE rule_id = ?1 AND expires_at <= ?2") {}

#undef RULE_COLUMNS
#undef STATE_COLUMNS

// data_version tells of what other connections wrote, the count of what this one did.
Result<std::string> SqliteRuleRows::mark() {
  DECNET_TRY(const Statement* read, data_version_.get());
  Cursor row = read->run();
  DECNET_CHECK(row.next());
  return fmt::format("{}.{}", row.integer(0), sqlite3_total_changes64(connection_.handle()));
}

template <typename Row>
Result<RuleTable<Row>> SqliteRuleRows::read(Reader<Row>& reader) {
  DECNET_TRY(const Statement* all, reader.all.get());
  RuleTable<Row> table;
  Cursor rows = all->run();
  const auto read = rows.each([&](const Cursor& row) { reader.add(row, table); });
  if (read) return table;
  if (!connection_.value_was_too_large()) return fail(read.error());
  return read_one_by_one(reader);
}

template <typename Row>
Result<RuleTable<Row>> SqliteRuleRows::read_one_by_one(Reader<Row>& reader) {
  std::vector<std::string> rule_ids;
  {
    DECNET_TRY(const Statement* ids, reader.ids.get());
    DECNET_CHECK(ids->run().each([&](const Cursor& row) { rule_ids.emplace_back(row.text(0)); }));
  }
  RuleTable<Row> table;
  DECNET_TRY(const Statement* one, reader.one.get());
  for (const std::string& rule_id : rule_ids) {
    Cursor row = one->run(rule_id);
    const auto found = row.next();
    if (found) {
      if (*found) reader.add(row, table);
    } else if (connection_.value_was_too_large()) {
      table.unreadable.push_back({rule_id, found.error().message});
    } else {
      return fail(found.error());
    }
  }
  return table;
}

Result<RuleTable<RuleRow>> SqliteRuleRows::rules() { return read(rules_); }

Result<void> SqliteRuleRows::put_rule(const RuleRow& row) {
  DECNET_TRY(const Statement* put, put_rule_.get());
  const std::string updated_at = to_sql_text(row.updated_at);
  return put
      ->run(row.rule_id, row.rule_version, row.source_path, row.yaml_content, updated_at,
            row.updated_by)
      .run();
}

Result<bool> SqliteRuleRows::remove_rule(std::string_view rule_id) {
  DECNET_TRY(const Statement* remove, remove_rule_.get());
  DECNET_CHECK(remove->run(rule_id).run());
  return connection_.changes() > 0;
}

Result<RuleTable<RuleStateRow>> SqliteRuleRows::states() { return read(states_); }

Result<void> SqliteRuleRows::put_state(const RuleStateRow& row) {
  DECNET_TRY(const Statement* put, put_state_.get());
  std::optional<std::string> expires_at;
  if (row.expires_at) expires_at = to_sql_text(*row.expires_at);
  const std::string set_at = to_sql_text(row.set_at);
  return put
      ->run(row.rule_id, row.state, row.confidence_max, expires_at, text_or_null(row.reason),
            text_or_null(row.set_by), set_at)
      .run();
}

Result<bool> SqliteRuleRows::remove_state(std::string_view rule_id) {
  DECNET_TRY(const Statement* remove, remove_state_.get());
  DECNET_CHECK(remove->run(rule_id).run());
  return connection_.changes() > 0;
}

Result<bool> SqliteRuleRows::remove_expired_state(std::string_view rule_id, UtcTime now) {
  DECNET_TRY(const Statement* remove, remove_expired_state_.get());
  const std::string time = to_sql_text(now);
  DECNET_CHECK(remove->run(rule_id, time).run());
  return connection_.changes() > 0;
}

}  // namespace decnet::storage::sqlite
