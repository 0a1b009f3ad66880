// Stored rows as events of the tagger.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "decnet/model/event.h"
#include "decnet/storage/activity.h"

namespace decnet::activity {

// Whom an event is about.
struct Whom {
  std::string attacker_uuid;
  std::optional<std::string> identity_uuid;
};

// An event of that kind, whose payload is an object; empty texts are no ids.
Event event_of(SourceKind kind, std::string source_id, const Whom& whom,
               std::string_view session_id, std::string_view decky, Json payload);

// An observed event: its payload gets `ts`.
Event stored_event(const storage::ObservedEvent& stored, const Whom& whom);

// A session event that says how the attacker comes back. Its id is the attacker's, as that of
// attacker.observed.
Event beacon_event(const storage::Beacon& beacon);

// An identity event about a password shared by accounts. Its id is the identity's, as that of
// identity.formed.
Event shared_password_event(std::string_view identity_uuid, const storage::SharedPassword& shared);

}  // namespace decnet::activity
