#include "decnet/activity/stored_event.h"

#include <utility>

namespace decnet::activity {
namespace {

std::optional<std::string> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

Event event_of(SourceKind kind, std::string source_id, const Whom& whom,
               std::string_view session_id, std::string_view decky, Json payload) {
  return {.source_kind = std::string(to_string(kind)),
          .source_id = std::move(source_id),
          .attacker_uuid = unless_empty(whom.attacker_uuid),
          .identity_uuid = whom.identity_uuid,
          .session_id = unless_empty(session_id),
          .decky_id = unless_empty(decky),
          .payload = std::move(payload)};
}

Event stored_event(const storage::ObservedEvent& stored, const Whom& whom) {
  Json payload = stored.payload;
  payload.set("ts", to_iso_text(stored.time));
  return event_of(stored.kind, stored.id, whom, stored.session_id, stored.decky,
                  std::move(payload));
}

Event beacon_event(const storage::Beacon& beacon) {
  return event_of(SourceKind::kSession, beacon.attacker_uuid,
                  {beacon.attacker_uuid, beacon.identity_id}, {}, {},
                  Json::object({{"beacon_interval_s", beacon.interval_s},
                                {"beacon_jitter_pct", beacon.jitter}}));
}

Event shared_password_event(std::string_view identity_uuid, const storage::SharedPassword& shared) {
  Event event = event_of(
      SourceKind::kIdentity, std::string(identity_uuid), {}, {}, {},
      Json::object({{"shared_password_hash", shared.sha256}, {"account_count", shared.accounts}}));
  event.identity_uuid = std::string(identity_uuid);
  return event;
}

}  // namespace decnet::activity
