#include "decnet/cli/explain_event.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "decnet/activity/login_events.h"
#include "decnet/activity/stored_event.h"
#include "decnet/base/utf8.h"
#include "decnet/importers/opencanary_line.h"
#include "decnet/mail/payload.h"

namespace decnet::cli {
namespace {

constexpr std::string_view kRawMessage = "raw_message";

// Nobody in particular: without an attacker, or the identity that a finding about identities is of,
// an event yields no tags.
Event anonymous(std::string_view kind, Json payload) {
  const bool of_identity = kind == to_string(SourceKind::kIdentity);
  return {.source_kind = std::string(kind),
          .source_id = "explain",
          .attacker_uuid = "explain",
          .identity_uuid = of_identity ? std::optional<std::string>("explain") : std::nullopt,
          .session_id = std::nullopt,
          .decky_id = std::nullopt,
          .payload = std::move(payload)};
}

// A whole message instead of, or beside, the keys of a mail's payload: those that are given stay.
Result<void> read_raw_message(Json& payload) {
  const Json* const raw = payload.find(kRawMessage);
  if (raw == nullptr) return {};
  if (raw->string() == nullptr) {
    return fail(ErrorCode::kInvalid, fmt::format("{} is no string", kRawMessage));
  }
  const std::string message = *raw->string();
  Json::Object rest;
  for (const auto& member : *payload.object()) {
    if (member.first != kRawMessage) rest.push_back(member);
  }
  payload = std::move(rest);
  return mail::add_message(payload, message);
}

}  // namespace

Event explained_command(std::string text) {
  Json payload = Json::object({});
  payload.set("command_text", Json(is_valid_utf8(text) ? std::move(text) : to_valid_utf8(text)));
  return anonymous(to_string(SourceKind::kCommand), std::move(payload));
}

Result<Event> explained_payload(std::string_view kind, Json payload) {
  if (kind == "opencanary") {
    return fail(ErrorCode::kInvalid, "kind opencanary stands for several events; --jsonl takes it");
  }
  if (!source_kind(kind)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("unknown kind '{}'; known: {}", kind, explained_kinds()));
  }
  if (payload.object() == nullptr) {
    return fail(ErrorCode::kInvalid, "the payload is no JSON object");
  }
  if (kind == to_string(SourceKind::kEmail)) DECNET_CHECK(read_raw_message(payload));
  return anonymous(kind, std::move(payload));
}

Result<std::vector<Event>> explained_events(std::string_view kind, Json payload) {
  std::vector<Event> events;
  if (kind != "opencanary") {
    DECNET_TRY(Event event, explained_payload(kind, std::move(payload)));
    events.push_back(std::move(event));
    return events;
  }
  if (payload.object() == nullptr) {
    return fail(ErrorCode::kInvalid, "the payload is no JSON object");
  }
  const auto contact = importers::opencanary_contact(payload);
  if (!contact) return events;
  const activity::Whom nobody{"explain", std::nullopt};
  for (const auto& event : contact->events) {
    events.push_back(activity::stored_event(event, nobody));
  }
  if (contact->login) {
    activity::LoginEvents logins(nobody);
    (void)logins.add(*contact->login, events);
    logins.finish(events);
  }
  return events;
}

std::string explained_kinds() { return fmt::format("{}", fmt::join(kSourceKindNames, ", ")); }

}  // namespace decnet::cli
