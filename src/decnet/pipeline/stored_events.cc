#include "decnet/pipeline/stored_events.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "decnet/base/python_text.h"

namespace decnet::pipeline {
namespace {

const Json* first_truthy(const Json& object, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (const Json* value = object.find(key); value != nullptr && value->truthy()) return value;
  }
  return nullptr;
}

std::string_view string_of(const Json& object, std::initializer_list<std::string_view> keys) {
  const Json* value = first_truthy(object, keys);
  return value == nullptr || value->string() == nullptr ? std::string_view() : *value->string();
}

// The text of an entry, or null when it has none.
const std::string* text_of(const Json& entry) {
  if (const Json* text = first_truthy(entry, {"command_text", "text", "command"})) {
    return text->string();
  }
  // An empty `text` is a text, an empty `command_text` alone is not: so the framework decides.
  const Json* text = entry.find("text");
  return text == nullptr ? nullptr : text->string();
}

std::optional<std::string> id_of(const Json& entry, std::initializer_list<std::string_view> keys) {
  const Json* value = first_truthy(entry, keys);
  if (value == nullptr) return std::nullopt;
  return python_text(*value);
}

std::optional<std::string> unless_empty(const std::optional<std::string>& text) {
  return text && !text->empty() ? text : std::nullopt;
}

Json or_null(std::optional<std::string> text) { return text ? Json(*std::move(text)) : Json(); }

}  // namespace

std::optional<Event> command_event(const storage::AttackerCommands& attacker, std::size_t index,
                                   Json entry) {
  const std::string* text = text_of(entry);
  if (text == nullptr) return std::nullopt;

  auto source_id = id_of(entry, {"id", "uuid", "command_id"});
  Event event{
      .source_kind = std::string(to_string(SourceKind::kCommand)),
      .source_id =
          source_id ? *std::move(source_id) : fmt::format("{}#cmd{}", attacker.uuid, index),
      .attacker_uuid = attacker.uuid,
      .identity_uuid = unless_empty(attacker.identity_id),
      .session_id = id_of(entry, {"session_id"}),
      .decky_id = id_of(entry, {"decky_id", "decky"}),
      .payload = {},
  };
  if (const Json* stored = entry.find("command_text"); stored == nullptr || !stored->truthy()) {
    entry.set("command_text", std::string(*text));
  }
  event.payload = std::move(entry);
  return event;
}

std::optional<storage::TypedCommand> typed_command(const Json& entry) {
  const std::string* text = text_of(entry);
  const auto instant = parse_time(string_of(entry, {"ts", "timestamp"}));
  if (text == nullptr || !instant) return std::nullopt;
  return storage::TypedCommand{string_of(entry, {"decky", "decky_id"}), *text, *instant};
}

Event trigger_event(storage::CanaryTrigger trigger) {
  std::string ua_signature = trigger.user_agent.value_or("");
  Json::Object payload;
  payload.reserve(7);
  payload.emplace_back("token_uuid", std::move(trigger.token_uuid));
  payload.emplace_back("src_ip", std::move(trigger.src_ip));
  payload.emplace_back("request_path", or_null(std::move(trigger.request_path)));
  payload.emplace_back("dns_qname", or_null(std::move(trigger.dns_qname)));
  payload.emplace_back("user_agent", or_null(std::move(trigger.user_agent)));
  payload.emplace_back("ua_signature", std::move(ua_signature));
  payload.emplace_back("headers", std::move(trigger.raw_headers));
  return {
      .source_kind = std::string(to_string(SourceKind::kCanaryFingerprint)),
      .source_id = std::move(trigger.uuid),
      .attacker_uuid = unless_empty(trigger.attacker_id),
      .identity_uuid = std::nullopt,
      .session_id = std::nullopt,
      .decky_id = std::nullopt,
      .payload = std::move(payload),
  };
}

}  // namespace decnet::pipeline
