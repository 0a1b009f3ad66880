#include "decnet/storage/sqlite/activity.h"

#include <cmath>

#include "decnet/base/uuid.h"

namespace decnet::storage::sqlite {
namespace {

// The framework writes the jitter in percent; rules and payloads take it as a share.
constexpr double kPercent = 100.0;

std::optional<std::string> optional_text(const Cursor& row, int column) {
  if (!row.is_text(column) || row.text(column).empty()) return std::nullopt;
  return std::string(row.text(column));
}

// The login in the columns from `first` on; nothing when it has no time.
std::optional<ObservedLogin> login_in(const Cursor& row, int first) {
  const auto time = parse_time(row.text(first + 1));
  if (!time) return std::nullopt;
  return ObservedLogin{std::string(row.text(first)),     *time,
                       std::string(row.text(first + 2)), std::string(row.text(first + 3)),
                       std::string(row.text(first + 4)), std::string(row.text(first + 5)),
                       std::string(row.text(first + 6)), row.integer(first + 7) != 0};
}

// The event in the columns from `first` on; nothing when it cannot be read.
std::optional<ObservedEvent> event_in(const Cursor& row, int first) {
  const auto kind = source_kind(row.text(first + 1));
  const auto time = parse_time(row.text(first + 2));
  auto payload = Json::parse(row.text(first + 5));
  if (!kind || !time || !payload || payload->object() == nullptr) return std::nullopt;
  return ObservedEvent{std::string(row.text(first)),
                       *kind,
                       *time,
                       std::string(row.text(first + 3)),
                       std::string(row.text(first + 4)),
                       *std::move(payload)};
}

// The beacon in a row; nothing when its numbers are none.
std::optional<Beacon> beacon_in(const Cursor& row) {
  Beacon beacon{std::string(row.text(0)), optional_text(row, 1), row.real(2),
                row.real(3) / kPercent};
  const bool sound = std::isfinite(beacon.interval_s) && std::isfinite(beacon.jitter);
  return sound ? std::optional(std::move(beacon)) : std::nullopt;
}

void keep_larger(SharedPassword found, std::optional<SharedPassword>& best) {
  if (best && (best->accounts > found.accounts ||
               (best->accounts == found.accounts && best->sha256 <= found.sha256))) {
    return;
  }
  best = std::move(found);
}

}  // namespace

SqliteActivity::SqliteActivity(Connection& connection, Kept kept)
    : kept_(kept),
      table_(connection, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1"),
      logins_(connection,
              "SELECT login.attacker_uuid, attackers.identity_id, login.id, login.attempted_at, "
              "login.session_id, login.decky_id, login.service, login.username, login.password, "
              "login.success FROM decnet_auth_attempt AS login LEFT JOIN attackers "
              "ON attackers.uuid = login.attacker_uuid "
              "WHERE (login.attacker_uuid, login.attempted_at, login.id) > (?1, ?2, ?3) "
              "AND login.attempted_at >= ?4 "
              "ORDER BY login.attacker_uuid, login.attempted_at, login.id LIMIT ?5"),
      logins_of_(connection,
                 "SELECT id, attempted_at, session_id, decky_id, service, username, password, "
                 "success FROM decnet_auth_attempt WHERE attacker_uuid = ?1 AND attempted_at >= ?2 "
                 "ORDER BY attempted_at DESC, id DESC LIMIT ?3"),
      events_(connection,
              "SELECT event.rowid, event.attacker_uuid, attackers.identity_id, event.id, "
              "event.kind, event.occurred_at, event.session_id, event.decky_id, event.payload "
              "FROM decnet_event AS event LEFT JOIN attackers "
              "ON attackers.uuid = event.attacker_uuid "
              "WHERE event.rowid > ?1 AND event.occurred_at >= ?2 ORDER BY event.rowid LIMIT ?3"),
      events_of_(connection,
                 "SELECT id, kind, occurred_at, session_id, decky_id, payload FROM decnet_event "
                 "WHERE attacker_uuid = ?1 AND kind = ?2 ORDER BY occurred_at DESC, id DESC "
                 "LIMIT ?3"),
      beacons_(connection,
               "SELECT behavior.attacker_uuid, attackers.identity_id, beacon_interval_s, "
               "beacon_jitter_pct FROM attacker_behavior AS behavior JOIN attackers "
               "ON attackers.uuid = behavior.attacker_uuid WHERE behavior.attacker_uuid > ?1 "
               "AND attackers.last_seen >= ?2 AND typeof(beacon_interval_s) IN ('real', 'integer') "
               "AND typeof(beacon_jitter_pct) IN ('real', 'integer') "
               "ORDER BY behavior.attacker_uuid LIMIT ?3"),
      beacon_(connection,
              "SELECT attacker_uuid, NULL, beacon_interval_s, beacon_jitter_pct "
              "FROM attacker_behavior WHERE attacker_uuid = ?1 "
              "AND typeof(beacon_interval_s) IN ('real', 'integer') "
              "AND typeof(beacon_jitter_pct) IN ('real', 'integer')"),
      identities_(connection,
                  "SELECT DISTINCT identity_id FROM attackers WHERE identity_id > ?1 "
                  "AND last_seen >= ?2 ORDER BY identity_id LIMIT ?3"),
      stored_passwords_(connection,
                        "SELECT secret_sha256, count(DISTINCT principal_key) AS accounts "
                        "FROM credentials JOIN attackers ON attackers.uuid = "
                        "credentials.attacker_uuid WHERE attackers.identity_id = ?1 "
                        "AND secret_sha256 <> '' GROUP BY secret_sha256, secret_kind "
                        "HAVING accounts >= 2 ORDER BY accounts DESC, secret_sha256 LIMIT 1"),
      imported_passwords_(connection,
                          "SELECT password, count(DISTINCT username) AS accounts "
                          "FROM decnet_auth_attempt JOIN attackers ON attackers.uuid = "
                          "decnet_auth_attempt.attacker_uuid WHERE attackers.identity_id = ?1 "
                          "AND password <> '' GROUP BY password "
                          "HAVING accounts >= 2 ORDER BY accounts DESC, password LIMIT 1"),
      reused_(connection, "SELECT secret_sha256 FROM credential_reuse WHERE id = ?1") {}

Result<bool> SqliteActivity::has(std::string_view table) {
  if (const auto known = tables_.find(table); known != tables_.end()) return known->second;
  DECNET_TRY(const Statement* find, table_.get());
  DECNET_TRY(const bool there, find->run(table).next());
  return tables_.emplace(std::string(table), there).first->second;
}

Result<std::vector<AttackerLogin>> SqliteActivity::logins_after(const AttackerLogin* after,
                                                                UtcTime since, std::size_t max) {
  std::vector<AttackerLogin> page;
  if (!kept_.logins) return page;
  DECNET_TRY(const Statement* read, logins_.get());
  const std::string from = to_sql_text(since);
  const std::string time = after == nullptr ? std::string() : to_sql_text(after->login.time);
  const std::string_view attacker = after == nullptr ? "" : std::string_view(after->attacker_uuid);
  const std::string_view id = after == nullptr ? "" : std::string_view(after->login.id);
  DECNET_CHECK(
      read->run(attacker, time, id, from, static_cast<std::int64_t>(max))
          .each([&](const Cursor& row) {
            if (auto login = login_in(row, 2)) {
              page.push_back({std::string(row.text(0)), optional_text(row, 1), *std::move(login)});
            }
          }));
  return page;
}

Result<std::vector<ObservedLogin>> SqliteActivity::logins_of(std::string_view attacker_uuid,
                                                             UtcTime since, std::size_t max) {
  std::vector<ObservedLogin> logins;
  if (!kept_.logins) return logins;
  DECNET_TRY(const Statement* read, logins_of_.get());
  const std::string from = to_sql_text(since);
  DECNET_CHECK(
      read->run(attacker_uuid, from, static_cast<std::int64_t>(max)).each([&](const Cursor& row) {
        if (auto login = login_in(row, 0)) logins.push_back(*std::move(login));
      }));
  return std::vector<ObservedLogin>(logins.rbegin(), logins.rend());
}

Result<std::vector<AttackerEvent>> SqliteActivity::events_after(std::int64_t after, UtcTime since,
                                                                std::size_t max) {
  std::vector<AttackerEvent> page;
  if (!kept_.events) return page;
  DECNET_TRY(const Statement* read, events_.get());
  const std::string from = to_sql_text(since);
  DECNET_CHECK(read->run(after, from, static_cast<std::int64_t>(max)).each([&](const Cursor& row) {
    if (auto event = event_in(row, 3)) {
      page.push_back(
          {row.integer(0), std::string(row.text(1)), optional_text(row, 2), *std::move(event)});
    }
  }));
  return page;
}

Result<std::vector<ObservedEvent>> SqliteActivity::events_of(std::string_view attacker_uuid,
                                                             SourceKind kind, std::size_t max) {
  std::vector<ObservedEvent> events;
  if (!kept_.events) return events;
  DECNET_TRY(const Statement* read, events_of_.get());
  DECNET_CHECK(read->run(attacker_uuid, to_string(kind), static_cast<std::int64_t>(max))
                   .each([&](const Cursor& row) {
                     if (auto event = event_in(row, 0)) events.push_back(*std::move(event));
                   }));
  return std::vector<ObservedEvent>(events.rbegin(), events.rend());
}

Result<std::vector<Beacon>> SqliteActivity::beacons_after(std::string_view attacker_uuid,
                                                          UtcTime since, std::size_t max) {
  std::vector<Beacon> page;
  DECNET_TRY(const bool there, has("attacker_behavior"));
  if (!there) return page;
  DECNET_TRY(const Statement* read, beacons_.get());
  const std::string from = to_sql_text(since);
  DECNET_CHECK(
      read->run(attacker_uuid, from, static_cast<std::int64_t>(max)).each([&](const Cursor& row) {
        if (auto beacon = beacon_in(row)) page.push_back(*std::move(beacon));
      }));
  return page;
}

Result<std::optional<Beacon>> SqliteActivity::beacon_of(std::string_view attacker_uuid) {
  DECNET_TRY(const bool there, has("attacker_behavior"));
  if (!there) return std::optional<Beacon>();
  DECNET_TRY(const Statement* read, beacon_.get());
  Cursor row = read->run(attacker_uuid);
  DECNET_TRY(const bool found, row.next());
  return found ? beacon_in(row) : std::nullopt;
}

Result<std::vector<std::string>> SqliteActivity::identities_after(std::string_view after,
                                                                  UtcTime since, std::size_t max) {
  DECNET_TRY(const Statement* read, identities_.get());
  const std::string from = to_sql_text(since);
  std::vector<std::string> page;
  DECNET_CHECK(read->run(after, from, static_cast<std::int64_t>(max)).each([&](const Cursor& row) {
    page.emplace_back(row.text(0));
  }));
  return page;
}

Result<void> SqliteActivity::count_stored(std::string_view identity_uuid,
                                          std::optional<SharedPassword>& best) {
  DECNET_TRY(const bool there, has("credentials"));
  if (!there) return {};
  DECNET_TRY(const Statement* read, stored_passwords_.get());
  Cursor row = read->run(identity_uuid);
  DECNET_TRY(const bool found, row.next());
  if (found) keep_larger({std::string(row.text(0)), row.integer(1)}, best);
  return {};
}

Result<void> SqliteActivity::count_imported(std::string_view identity_uuid,
                                            std::optional<SharedPassword>& best) {
  if (!kept_.logins) return {};
  DECNET_TRY(const Statement* read, imported_passwords_.get());
  Cursor row = read->run(identity_uuid);
  DECNET_TRY(const bool found, row.next());
  if (found) keep_larger({sha256_hex(row.text(0)), row.integer(1)}, best);
  return {};
}

Result<std::optional<SharedPassword>> SqliteActivity::shared_password(
    std::string_view identity_uuid) {
  std::optional<SharedPassword> best;
  DECNET_CHECK(count_stored(identity_uuid, best));
  DECNET_CHECK(count_imported(identity_uuid, best));
  return best;
}

Result<std::optional<std::string>> SqliteActivity::reused_secret(std::string_view finding) {
  DECNET_TRY(const bool there, has("credential_reuse"));
  if (!there) return std::optional<std::string>();
  DECNET_TRY(const Statement* read, reused_.get());
  Cursor row = read->run(finding);
  DECNET_TRY(const bool found, row.next());
  return found ? optional_text(row, 0) : std::nullopt;
}

}  // namespace decnet::storage::sqlite
