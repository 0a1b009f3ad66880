#include "decnet/storage/sqlite/attackers.h"

#include <array>

namespace decnet::storage::sqlite {
namespace {

enum class Kind { kText, kInteger, kBoolean, kList };
struct Column {
  const char* name;
  Kind kind;
};

// The payload of an intel event, in its order; the columns of kIntel from the second on.
constexpr std::array<Column, 14> kProjection = {{{"attacker_uuid", Kind::kText},
                                                 {"attacker_ip", Kind::kText},
                                                 {"aggregate_verdict", Kind::kText},
                                                 {"abuseipdb_score", Kind::kInteger},
                                                 {"abuseipdb_categories", Kind::kList},
                                                 {"greynoise_classification", Kind::kText},
                                                 {"greynoise_name", Kind::kText},
                                                 {"greynoise_tags", Kind::kList},
                                                 {"feodo_listed", Kind::kBoolean},
                                                 {"feodo_malware_family", Kind::kText},
                                                 {"threatfox_listed", Kind::kBoolean},
                                                 {"threatfox_threat_types", Kind::kList},
                                                 {"threatfox_ioc_types", Kind::kList},
                                                 {"threatfox_malware_families", Kind::kList}}};

constexpr std::string_view kIntel =
    "SELECT cached_at, attacker_uuid, attacker_ip, aggregate_verdict, abuseipdb_score, "
    "abuseipdb_categories, greynoise_classification, greynoise_name, greynoise_tags, feodo_listed, "
    "feodo_malware_family, threatfox_listed, threatfox_threat_types, threatfox_ioc_types, "
    "threatfox_malware_families FROM attacker_intel WHERE attacker_uuid = ?1";

Json value_of(const Cursor& row, int column, Kind kind) {
  if (row.is_null(column)) return kind == Kind::kList ? Json(Json::Array{}) : Json();
  switch (kind) {
    case Kind::kText:
      return row.text(column);
    case Kind::kInteger:
      return row.integer(column);
    case Kind::kBoolean:
      return row.integer(column) != 0;
    case Kind::kList:
      break;
  }
  auto list = Json::parse(row.text(column));
  return list && list->array() != nullptr ? *std::move(list) : Json(Json::Array{});
}

}  // namespace

SqliteAttackers::SqliteAttackers(Connection& connection)
    : by_ip_(connection,
             "SELECT uuid, identity_id FROM attackers WHERE ip = ?1 ORDER BY last_seen DESC, uuid "
             "LIMIT 1"),
      intel_(connection, kIntel),
      newer_tag_(connection,
                 "SELECT 1 FROM ttp_tag WHERE attacker_uuid = ?1 AND source_kind = 'intel' AND "
                 "created_at >= ?2 LIMIT 1"),
      changed_(connection,
               "SELECT attacker_uuid, cached_at FROM attacker_intel WHERE cached_at >= ?1 "
               "ORDER BY cached_at, attacker_uuid LIMIT ?2") {}

Result<std::optional<AttackerRow>> SqliteAttackers::by_ip(std::string_view ip) {
  DECNET_TRY(const Statement* find, by_ip_.get());
  auto row = find->run(ip);
  DECNET_TRY(const bool there, row.next());
  if (!there) return std::optional<AttackerRow>();
  AttackerRow attacker{std::string(row.text(0)), std::nullopt};
  if (!row.is_null(1)) attacker.identity_id = std::string(row.text(1));
  return std::optional(std::move(attacker));
}

Result<std::optional<Json>> SqliteAttackers::intel_to_catch_up(std::string_view attacker_uuid) {
  DECNET_TRY(const Statement* read, intel_.get());
  std::string cached_at;
  Json payload = Json::object({});
  {
    auto row = read->run(attacker_uuid);
    DECNET_TRY(const bool there, row.next());
    if (!there) return std::optional<Json>();
    cached_at = std::string(row.text(0));
    for (std::size_t i = 0; i < kProjection.size(); ++i) {
      payload.set(kProjection[i].name, value_of(row, static_cast<int>(i) + 1, kProjection[i].kind));
    }
  }
  DECNET_TRY(const Statement* newer, newer_tag_.get());
  DECNET_TRY(const bool tagged_since, newer->run(attacker_uuid, cached_at).next());
  if (tagged_since) return std::optional<Json>();
  return std::optional(std::move(payload));
}

Result<std::vector<Attackers::IntelChange>> SqliteAttackers::intel_changed_since(UtcTime since,
                                                                                 std::size_t max) {
  DECNET_TRY(const Statement* read, changed_.get());
  const std::string from = to_sql_text(since);
  std::vector<IntelChange> changes;
  DECNET_CHECK(read->run(from, static_cast<std::int64_t>(max)).each([&](const Cursor& row) {
    changes.push_back({std::string(row.text(0)), parse_time(row.text(1)).value_or(since)});
  }));
  return changes;
}

}  // namespace decnet::storage::sqlite
