#include "decnet/rulestore/directory/state_document.h"

#include <fmt/format.h>

#include "decnet/base/json.h"
#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/rulestore/state_check.h"

namespace decnet::rulestore {
namespace {

// A file name holds 255 bytes; longer ids are told apart by a digest.
constexpr std::size_t kMaxStemBytes = 200;
constexpr std::string_view kEnding = ".json";

tl::unexpected<Error> wrong(std::string_view key, std::string_view cause) {
  return fail(ErrorCode::kInvalid, fmt::format("{}: {}", key, cause));
}

// The text of a key, empty when it is missing or null.
Result<std::string> text_of(const Json& document, std::string_view key) {
  const Json* value = document.find(key);
  if (value == nullptr || value->is_null()) return std::string();
  if (value->string() == nullptr) return wrong(key, "expected a text");
  return *value->string();
}

Result<std::optional<UtcTime>> time_of(const Json& document, std::string_view key) {
  DECNET_TRY(const std::string text, text_of(document, key));
  if (text.empty()) return std::optional<UtcTime>();
  const auto time = parse_time(text);
  if (!time) return wrong(key, fmt::format("'{}' is no time", utf8_prefix(text, 100)));
  return time;
}

void set_text(Json& json, std::string_view key, const std::string& text) {
  json.set(key, nullptr);
  if (!text.empty()) json.set(key, text);
}
void set_time(Json& json, std::string_view key, const std::optional<UtcTime>& time) {
  json.set(key, nullptr);
  if (time) json.set(key, to_iso_text(*time));
}

bool is_harmless(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '-';
}

}  // namespace

std::string to_json(const StateDocument& document) {
  const rules::State& state = document.state;
  Json json;
  json.set("rule_id", document.rule.text());
  json.set("state", to_string(state.kind));
  json.set("confidence_max", nullptr);
  if (state.confidence_max) json.set("confidence_max", *state.confidence_max);
  set_time(json, "expires_at", state.expires_at);
  set_text(json, "reason", state.reason);
  set_text(json, "set_by", state.set_by);
  set_time(json, "set_at", state.set_at);
  return json.dump();
}

Result<StateDocument> read_state(std::string_view json) {
  DECNET_TRY(const Json members, Json::parse(json));
  if (members.object() == nullptr) return fail(ErrorCode::kInvalid, "not a JSON object");
  StateDocument document;
  DECNET_TRY(const std::string rule, text_of(members, "rule_id"));
  if (rule.empty()) return wrong("rule_id", "missing");
  document.rule = RuleId(rule);
  DECNET_TRY(const std::string word, text_of(members, "state"));
  const auto kind = rules::state_kind(word);
  if (!kind) {
    return wrong("state", fmt::format("expected enabled, disabled or clipped, found '{}'",
                                      utf8_prefix(word, 100)));
  }
  document.state.kind = *kind;
  if (const Json* ceiling = members.find("confidence_max"); ceiling && !ceiling->is_null()) {
    double number = 0.0;
    if (!ceiling->number(number)) return wrong("confidence_max", "expected a number");
    document.state.confidence_max = number;
  }
  DECNET_TRY(document.state.expires_at, time_of(members, "expires_at"));
  DECNET_TRY(document.state.reason, text_of(members, "reason"));
  DECNET_TRY(document.state.set_by, text_of(members, "set_by"));
  DECNET_TRY(document.state.set_at, time_of(members, "set_at"));
  if (std::string flaw = flaw_of(document.state); !flaw.empty()) {
    return fail(ErrorCode::kInvalid, std::move(flaw));
  }
  return document;
}

std::string state_file_name(const RuleId& rule) {
  std::string stem;
  for (const char c : rule.text()) {
    if (is_harmless(c)) {
      stem += c;
    } else {
      stem += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (stem.size() > kMaxStemBytes) {  // one byte longer than any that is kept as it is
    stem = stem.substr(0, kMaxStemBytes - 64) + "%" + sha256_hex(rule.text());
  }
  return stem.append(kEnding);
}

}  // namespace decnet::rulestore
