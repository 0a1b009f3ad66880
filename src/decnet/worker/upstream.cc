#include "decnet/worker/upstream.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "decnet/activity/session_events.h"
#include "decnet/base/python_text.h"
#include "decnet/pipeline/stored_events.h"
#include "decnet/worker/topics.h"

namespace decnet::worker {
namespace {

constexpr std::string_view kFingerprinted = "attacker.fingerprinted";
constexpr std::string_view kSessionEnded = "attacker.session.ended";
constexpr std::string_view kIdentityMerged = "identity.merged";
constexpr std::string_view kReuseDetected = "credential.reuse.detected";

// Whether an attacker came back, rather than one of his traits was noticed.
bool is_about_attacker(std::string_view topic) {
  return topic == kSessionEnded || topic == "attacker.observed";
}

// The member of that key when it says something.
const Json* truthy(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->truthy() ? value : nullptr;
}

const std::string* text(const Json& object, std::string_view key) {
  const Json* value = truthy(object, key);
  return value == nullptr ? nullptr : value->string();
}

// An id as text: a string as it is, anything else as Python would print it; null stays null.
std::optional<std::string> id_text(const Json& payload, std::string_view key) {
  const Json* value = payload.find(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return python_text(*value);
}

std::string first_id(const Json& payload, std::initializer_list<std::string_view> keys,
                     std::string_view otherwise) {
  for (const std::string_view key : keys) {
    if (const Json* value = truthy(payload, key)) return python_text(*value);
  }
  return std::string(otherwise);
}

Expansion nothing(std::string reason) {
  return {Expansion::Outcome::kNotDispatchable, {}, std::move(reason), {}};
}

// Refuses to make `times` copies of `bytes` when that would be too much.
std::optional<Expansion> oversized(std::size_t times, std::size_t bytes, std::string_view what) {
  if (times == 0 || bytes <= kMaxRepeatedBytes / times) return std::nullopt;
  return Expansion{Expansion::Outcome::kOversized,
                   {},
                   fmt::format("{} {} would repeat {} bytes each", times, what, bytes),
                   {}};
}

std::size_t elements_of(const Json& payload, std::string_view key) {
  const Json* value = payload.find(key);
  return value == nullptr || value->array() == nullptr ? 0 : value->array()->size();
}

bool is_address(const std::string* ip) { return ip != nullptr && *ip != "Unknown"; }

struct Anchor {
  bool resolved = false;  // `payload` names an attacker or an identity
  std::string unknown_ip;
};

// Makes sure that `payload` names an attacker or an identity. Both given: nobody is asked.
Result<Anchor> resolve(const std::string& topic, Json& payload, AttackerDirectory& directory) {
  if (topic == kIdentityMerged && truthy(payload, "identity_uuid") == nullptr) {
    if (const std::string* winner = text(payload, "winner_uuid")) {
      payload.set("identity_uuid", *winner);
    }
  }
  if (truthy(payload, "attacker_uuid") != nullptr || truthy(payload, "identity_uuid") != nullptr) {
    return Anchor{true, {}};
  }
  const std::string* ip = text(payload, "attacker_ip");
  if (ip == nullptr && topic.starts_with("canary.")) ip = text(payload, "src_ip");
  if (!is_address(ip)) return Anchor{};
  DECNET_TRY(const auto attacker, directory.by_ip(*ip));
  if (!attacker) return Anchor{false, *ip};
  payload.set("attacker_uuid", attacker->uuid);
  if (attacker->identity_uuid) payload.set("identity_uuid", *attacker->identity_uuid);
  return Anchor{true, {}};
}

std::string source_id_of(const bus::Envelope& message, const Json& payload) {
  if (message.topic == kIdentityMerged) {
    const std::string* winner = text(payload, "winner_uuid");
    const std::string* loser = text(payload, "loser_uuid");
    if (winner != nullptr && loser != nullptr) return fmt::format("{}:{}", *winner, *loser);
  }
  if (message.topic.starts_with("canary.")) {
    // The stored trigger's id, so that live and replay agree.
    if (const Json* trigger = truthy(payload, "trigger_id")) return python_text(*trigger);
  }
  // The identity is asked from the message, not from the attacker's row: an id must not change
  // because a row was linked meanwhile.
  return first_id(message.payload,
                  {"source_id", "session_id", "token_id", "identity_uuid", "credential_id"},
                  first_id(payload, {"attacker_uuid", "uuid"}, message.topic));
}

Event base_event(const bus::Envelope& message, std::string kind, Json payload) {
  Event event;
  event.source_kind = std::move(kind);
  event.source_id = source_id_of(message, payload);
  event.attacker_uuid = id_text(payload, "attacker_uuid");
  event.identity_uuid = id_text(payload, "identity_uuid");
  event.session_id = id_text(payload, "session_id");
  event.decky_id = id_text(payload, "decky_id");
  event.payload = std::move(payload);
  return event;
}

// A reuse finding names several attackers and belongs to each of them.
std::vector<Event> reuse_events(const bus::Envelope& message, const std::string& kind) {
  std::vector<Event> events;
  const Json* attackers = message.payload.find("attacker_uuids");
  if (attackers == nullptr || attackers->array() == nullptr) return events;
  for (const Json& attacker : *attackers->array()) {
    if (attacker.string() == nullptr || attacker.string()->empty()) continue;
    Json payload = message.payload;
    payload.set("attacker_uuid", attacker);
    events.push_back(base_event(message, kind, std::move(payload)));
    events.back().source_id =
        fmt::format("{}:{}", first_id(message.payload, {"id"}, message.topic), *attacker.string());
  }
  return events;
}

// What each command event repeats of its session.
std::size_t ids_bytes(const Event& event) {
  const auto size = [](const std::optional<std::string>& id) { return id ? id->size() : 0; };
  return event.source_id.size() + size(event.attacker_uuid) + size(event.identity_uuid) +
         size(event.session_id) + size(event.decky_id);
}

// The command event of one element of a session's `commands`; nothing when it has no usable text.
std::optional<Event> command_event(const Event& session, std::size_t index, const Json& element) {
  Json payload = Json::object({});
  std::string text_of_command;
  std::string source_id = fmt::format("{}#cmd{}", session.source_id, index);
  if (element.string() != nullptr) {
    text_of_command = *element.string();
  } else if (element.object() != nullptr) {
    const Json* chosen = truthy(element, "command_text");
    if (chosen == nullptr) chosen = element.find("text");
    if (chosen == nullptr || chosen->string() == nullptr) return std::nullopt;
    text_of_command = *chosen->string();
    source_id = first_id(element, {"id", "uuid", "command_id"}, source_id);
    payload = element;
  } else {
    return std::nullopt;
  }
  payload.set("command_text", std::move(text_of_command));

  Event event = session;
  event.source_kind = std::string(to_string(SourceKind::kCommand));
  event.source_id = std::move(source_id);
  event.payload = std::move(payload);
  return event;
}

void add_commands(const Event& session, std::vector<Event>& events) {
  const Json* commands = session.payload.find("commands");
  if (commands == nullptr || commands->array() == nullptr) return;
  // Each command event inherits the session's ids but not its payload, which holds all commands.
  Event ids = session;
  ids.payload = Json();
  std::size_t index = 0;
  for (const Json& element : *commands->array()) {
    if (auto event = command_event(ids, index++, element)) events.push_back(*std::move(event));
  }
}

// Of the commands among the events: the ids they were tagged under before they came.
Result<void> keep_ids(const Event& session, AttackerDirectory& directory,
                      std::vector<Event>& events) {
  if (!session.attacker_uuid) return {};
  std::vector<storage::TypedCommand> commands;
  std::vector<Event*> theirs;
  for (Event& event : events) {
    if (event.source_kind != to_string(SourceKind::kCommand)) continue;
    const auto command = pipeline::typed_command(event.payload);
    if (!command) continue;
    commands.push_back(*command);
    theirs.push_back(&event);
  }
  if (commands.empty()) return {};
  DECNET_TRY(const auto ids, directory.tagged_from_history(*session.attacker_uuid, commands));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i]) theirs[i]->source_id = *ids[i];
  }
  return {};
}

// How the attacker comes back, as an event of its own: its id is not the session's.
Result<void> add_beacon(const Event& session, AttackerDirectory& directory,
                        std::vector<Event>& events) {
  if (!session.attacker_uuid) return {};
  DECNET_TRY(auto beacon, directory.beacon_of(*session.attacker_uuid));
  if (!beacon) return {};
  beacon->attacker_uuid = *session.attacker_uuid;
  beacon->identity_id = session.identity_uuid;
  events.push_back(activity::beacon_event(*beacon));
  return {};
}

// What a producer leaves out of an identity and the database knows.
Result<void> add_shared_password(Event& identity, AttackerDirectory& directory) {
  const Json& payload = identity.payload;
  const bool told = truthy(payload, "shared_password_hash") != nullptr;
  if (told || !identity.identity_uuid || identity.identity_uuid->empty()) return {};
  DECNET_TRY(const auto shared, directory.shared_password(*identity.identity_uuid));
  if (!shared) return {};
  identity.payload.set("shared_password_hash", shared->sha256);
  identity.payload.set("account_count", shared->accounts);
  return {};
}

// A finding says which secret it is about by its id, and how often it was met by its targets: one
// of them is where it was met first.
Result<void> complete_finding(Json& payload, AttackerDirectory& directory) {
  const Json* finding = truthy(payload, "id");
  if (truthy(payload, "credential_hash") == nullptr && finding != nullptr) {
    const std::string id = python_text(*finding);
    DECNET_TRY(const auto secret, directory.reused_secret(id));
    payload.set("credential_hash", secret.value_or("finding:" + id));
  }
  const Json* targets = payload.find("target_count");
  if (payload.find("reuse_count") == nullptr && targets != nullptr &&
      targets->integer() != nullptr && *targets->integer() >= 2) {
    payload.set("reuse_count", *targets->integer() - 1);
  }
  return {};
}

Result<void> add_intel(const Event& session, AttackerDirectory& directory,
                       std::vector<Event>& events) {
  if (!session.attacker_uuid) return {};
  DECNET_TRY(auto row, directory.intel_to_catch_up(*session.attacker_uuid));
  if (!row) return {};
  Event event = session;
  event.source_kind = std::string(to_string(SourceKind::kIntel));
  event.source_id = "intel-catchup:" + (session.session_id && !session.session_id->empty()
                                            ? *session.session_id
                                            : *session.attacker_uuid);
  event.payload = *std::move(row);
  events.push_back(std::move(event));
  return {};
}

// What a probe of the attacker's own server found, under the name that rules about sessions know it
// by: the message's type has no rules of its own.
struct Probe {
  std::string_view type;
  std::string_view told;  // its member
  std::string_view known;
};
constexpr std::array kProbes = {Probe{"jarm", "jarm_hash", "jarm"},
                                Probe{"hassh", "hassh_server", "hassh_server"}};
constexpr std::size_t kMaxFingerprintBytes = 128;

// The session event of a probe's message, whose `base` is the event of its type; nothing when it
// found no fingerprint. One fingerprint of an attacker is one event, on however many ports.
std::optional<Event> probe_event(const bus::Envelope& message, const Event& base) {
  if (message.topic != kFingerprinted) return std::nullopt;
  for (const Probe& probe : kProbes) {
    if (base.source_kind != probe.type) continue;
    const std::string* fingerprint = text(base.payload, probe.told);
    if (fingerprint == nullptr || fingerprint->size() > kMaxFingerprintBytes) return std::nullopt;
    Event event = base;
    event.source_kind = std::string(to_string(SourceKind::kSession));
    const std::string& whose = base.attacker_uuid ? *base.attacker_uuid : base.source_id;
    event.source_id = fmt::format("{}:{}:{}", probe.type, whose, *fingerprint);
    event.payload.set(probe.known, *fingerprint);
    return event;
  }
  return std::nullopt;
}

Result<Expansion> expand_complete(const bus::Envelope& message, std::string kind,
                                  AttackerDirectory& directory) {
  Expansion expansion;
  expansion.outcome = Expansion::Outcome::kEvents;
  Json payload = message.payload;
  DECNET_TRY(const Anchor anchor, resolve(message.topic, payload, directory));
  if (!anchor.resolved && message.topic == kReuseDetected) {
    const std::size_t attackers = elements_of(message.payload, "attacker_uuids");
    if (attackers > 1) {
      if (auto refused = oversized(attackers, message.payload.dump().size(), "attackers")) {
        return *std::move(refused);
      }
    }
    expansion.events = reuse_events(message, kind);
    if (expansion.events.empty()) return nothing("names no attacker");
    return expansion;
  }
  if (!anchor.resolved) {
    if (anchor.unknown_ip.empty()) return nothing("names neither attacker nor identity");
    expansion.outcome = Expansion::Outcome::kUnknownAttacker;
    expansion.ip = anchor.unknown_ip;
    return expansion;
  }

  expansion.events.push_back(base_event(message, std::move(kind), std::move(payload)));
  if (auto found = probe_event(message, expansion.events.front())) {
    expansion.events.front() = *std::move(found);
    return expansion;
  }
  // The base event moves when the vector grows.
  const Event base = expansion.events.front();
  if (base.source_kind == to_string(SourceKind::kSession)) {
    if (auto refused =
            oversized(elements_of(base.payload, "commands"), ids_bytes(base), "commands")) {
      return *std::move(refused);
    }
    add_commands(base, expansion.events);
    DECNET_CHECK(keep_ids(base, directory, expansion.events));
    // What the commands add up to: the session itself comes first, as it does without.
    std::vector<Event> facts = activity::session_events(std::move(expansion.events.front()));
    expansion.events.front() = std::move(facts.front());
    expansion.events.insert(expansion.events.end(),
                            std::make_move_iterator(std::next(facts.begin())),
                            std::make_move_iterator(facts.end()));
    if (is_about_attacker(message.topic)) {
      DECNET_CHECK(add_beacon(base, directory, expansion.events));
    }
  }
  if (base.source_kind == to_string(SourceKind::kIdentity)) {
    DECNET_CHECK(add_shared_password(expansion.events.front(), directory));
  }
  if (message.topic == kSessionEnded) {
    DECNET_CHECK(add_intel(base, directory, expansion.events));
  }
  return expansion;
}

}  // namespace

Result<Expansion> expand(const bus::Envelope& message, AttackerDirectory& directory) {
  std::string kind = source_kind_of(message.topic, message.type);
  if (kind.empty()) return nothing("no source kind");

  bus::Envelope completed;  // of a finding alone; others may be large
  const bool is_finding = message.topic == kReuseDetected;
  if (is_finding) {
    completed = message;
    DECNET_CHECK(complete_finding(completed.payload, directory));
  }
  return expand_complete(is_finding ? completed : message, std::move(kind), directory);
}

}  // namespace decnet::worker
