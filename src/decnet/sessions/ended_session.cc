#include "decnet/sessions/ended_session.h"

#include <algorithm>
#include <utility>

#include "decnet/base/uuid.h"

namespace decnet::sessions {
namespace {

std::string text(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  const std::string* string = value == nullptr ? nullptr : value->string();
  return string == nullptr ? std::string() : *string;
}

std::string message_id(const EndedSession& session) {
  // Each part with its length, so that no text can pass for a neighbour's.
  std::string content = kSessionEndedTopic;
  const auto append = [&content](std::string_view part) {
    content.append("|").append(std::to_string(part.size())).append(":").append(part);
  };
  append(session.ip);
  append(session.decky);
  append(session.id);
  append(to_iso_text(session.ended));
  for (const Json& command : session.commands) append(text(command, "id"));
  for (const auto* entries : {&session.logins, &session.transfers}) {
    for (const Json& entry : *entries) append(entry.dump());
  }
  return sha256_hex(content).substr(0, 32);
}

}  // namespace

Json session_command(const Json& stored) {
  return Json::object({{"id", text(stored, "id")},
                       {"command_text", text(stored, "command_text")},
                       {"ts", text(stored, "ts")},
                       {"decky", text(stored, "decky")},
                       {"service", text(stored, "service")}});
}

storage::OutboxMessage session_ended(EndedSession session, UtcTime now) {
  storage::OutboxMessage message;
  message.id = message_id(session);
  message.topic = kSessionEndedTopic;
  message.type = "session.ended";
  message.created_at = now;
  message.payload =
      Json::object({{"session_id", session.id.empty() ? Json() : Json(std::move(session.id))},
                    {"attacker_uuid", nullptr},
                    {"attacker_ip", std::move(session.ip)},
                    {"decky_id", std::move(session.decky)},
                    {"service", std::move(session.service)},
                    {"ended_at", to_iso_text(session.ended)},
                    {"duration_s", std::max(session.duration_s, 0.0)},
                    {"commands", std::move(session.commands)},
                    {"shard_path", nullptr}});
  if (!session.logins.empty()) message.payload.set("logins", std::move(session.logins));
  if (!session.transfers.empty()) message.payload.set("transfers", std::move(session.transfers));
  return message;
}

}  // namespace decnet::sessions
