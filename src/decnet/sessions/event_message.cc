#include "decnet/sessions/event_message.h"

#include <utility>

#include "decnet/base/uuid.h"
#include "decnet/sessions/ended_session.h"

namespace decnet::sessions {
namespace {

Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

std::optional<storage::OutboxMessage> message(std::string topic, std::string type, Json payload,
                                              UtcTime now) {
  const std::string body = payload.dump();
  if (body.size() > kMaxCommandBytes) return std::nullopt;
  storage::OutboxMessage made;
  made.id = sha256_hex(topic + "|" + type + "|" + body).substr(0, 32);
  made.topic = std::move(topic);
  made.type = std::move(type);
  made.payload = std::move(payload);
  made.created_at = now;
  return made;
}

}  // namespace

std::optional<storage::OutboxMessage> event_message(const Event& event, std::string_view ip,
                                                    UtcTime now) {
  Json payload = event.payload;
  payload.set("source_id", event.source_id);
  payload.set("attacker_uuid", nullptr);
  payload.set("attacker_ip", ip);
  payload.set("session_id", or_null(event.session_id));
  payload.set("decky_id", or_null(event.decky_id));
  return message(kEventTopic, event.source_kind, std::move(payload), now);
}

std::optional<storage::OutboxMessage> trigger_message(const storage::ObservedTrigger& trigger,
                                                      std::string_view ip, UtcTime now) {
  return message("canary." + trigger.token + ".triggered", "",
                 Json::object({{"token_id", trigger.token},
                               {"trigger_id", trigger.id},
                               {"decky_name", ""},
                               {"src_ip", ip},
                               {"user_agent", or_null(trigger.user_agent)},
                               {"request_path", or_null(trigger.request_path)},
                               {"dns_qname", or_null(trigger.dns_qname)},
                               {"ua_signature", trigger.user_agent.value_or("")},
                               {"headers", trigger.headers}}),
                 now);
}

}  // namespace decnet::sessions
