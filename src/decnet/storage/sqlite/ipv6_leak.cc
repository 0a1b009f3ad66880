#include "decnet/storage/sqlite/ipv6_leak.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "decnet/base/utf8.h"

namespace decnet::storage::sqlite {
namespace {

// Widths of the columns on databases that have widths.
constexpr std::size_t kAddressWidth = 45;
constexpr std::size_t kKindWidth = 16;
constexpr std::size_t kOuiWidth = 8;

// The evidence's text, null where it is empty or missing.
std::optional<std::string> evidence(const Tag& tag, std::string_view key, std::size_t width) {
  const Json* value = tag.evidence.find(key);
  const std::string* text = value == nullptr ? nullptr : value->string();
  if (text == nullptr || text->empty()) return std::nullopt;
  return to_valid_utf8(utf8_prefix(*text, width));
}

Result<void> update_attacker(Connection& connection, const Tag& tag, UtcTime now) {
  DECNET_TRY(const Statement update,
             connection.prepare(
                 "UPDATE attackers SET ipv6_leak_count = ipv6_leak_count + 1, last_ipv6_leak_at = "
                 "?1, last_ipv6_link_local = ?2, last_ipv6_iid_kind = ?3, last_ipv6_mac_oui = ?4 "
                 "WHERE uuid = ?5"));
  const std::string at = to_sql_text(now);
  return update
      .run(at, evidence(tag, "addr", kAddressWidth), evidence(tag, "iid_kind", kKindWidth),
           evidence(tag, "mac_oui", kOuiWidth), *tag.attacker_uuid)
      .run();
}

Result<void> update_identity(Connection& connection, const Tag& tag, UtcTime now) {
  const auto address = evidence(tag, "addr", kAddressWidth);
  if (!address) return {};
  Json::Array iids;
  {
    DECNET_TRY(
        const Statement read,
        connection.prepare("SELECT ipv6_link_local_iids FROM attacker_identities WHERE uuid = ?1"));
    auto row = read.run(*tag.identity_uuid);
    DECNET_TRY(const bool there, row.next());
    if (!there) return {};
    // What cannot be read is replaced by a new list.
    auto stored = Json::parse(row.text(0));
    if (stored && stored->array() != nullptr) iids = *stored->array();
  }
  const bool known = std::any_of(iids.begin(), iids.end(), [&](const Json& entry) {
    const Json* iid = entry.find("iid");
    return iid != nullptr && iid->string() != nullptr && *iid->string() == *address;
  });
  if (known) return {};
  const auto oui = evidence(tag, "mac_oui", kOuiWidth);
  iids.push_back(Json::object({{"iid", *address},
                               {"oui", oui ? Json(*oui) : Json()},
                               {"kind", evidence(tag, "iid_kind", kKindWidth).value_or("unknown")},
                               {"first_seen", to_iso_text(now)}}));
  DECNET_TRY(const Statement write,
             connection.prepare(
                 "UPDATE attacker_identities SET ipv6_link_local_iids = ?1 WHERE uuid = ?2"));
  const std::string list = Json(std::move(iids)).dump();
  return write.run(list, *tag.identity_uuid).run();
}

}  // namespace

Result<void> count_ipv6_leaks(Connection& connection, std::span<const Tag* const> fresh,
                              UtcTime now) {
  std::set<std::string_view> counted;
  for (const Tag* tag : fresh) {
    if (tag->source_kind != "ipv6_leak" || !tag->attacker_uuid) continue;
    if (!counted.insert(*tag->attacker_uuid).second) continue;
    DECNET_CHECK(update_attacker(connection, *tag, now));
    if (tag->identity_uuid) DECNET_CHECK(update_identity(connection, *tag, now));
  }
  return {};
}

}  // namespace decnet::storage::sqlite
