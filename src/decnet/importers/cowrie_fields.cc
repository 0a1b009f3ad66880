// The one file of this folder that knows simdjson.
#include "decnet/importers/cowrie_fields.h"

#include <simdjson.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "decnet/base/json.h"

namespace decnet::importers {
namespace {

struct Named {
  std::string_view key;
  std::string_view CowrieFields::*field;
};
constexpr std::array kNamed{
    Named{"eventid", &CowrieFields::eventid},   Named{"timestamp", &CowrieFields::timestamp},
    Named{"src_ip", &CowrieFields::src_ip},     Named{"session", &CowrieFields::session},
    Named{"sensor", &CowrieFields::sensor},     Named{"protocol", &CowrieFields::protocol},
    Named{"system", &CowrieFields::system},     Named{"input", &CowrieFields::input},
    Named{"username", &CowrieFields::username}, Named{"password", &CowrieFields::password},
};

std::string_view* find(CowrieFields& fields, std::string_view key) {
  for (const Named& named : kNamed) {
    if (named.key == key) return &(fields.*named.field);
  }
  return nullptr;
}

// The fields of a line as Cowrie writes it; nothing for any other, which the general way below
// reads or refuses. It gives the same fields, three times as fast: no copy is made of what is not
// wanted (key exchange lists, messages, terminal data).
std::optional<CowrieFields> read_quickly(std::string_view line) {
  thread_local simdjson::dom::parser parser;
  if (parser.max_depth() != Json::kMaxDepth &&
      parser.allocate(std::size_t{1} << 16, Json::kMaxDepth) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  simdjson::dom::object object;
  if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) return std::nullopt;
  CowrieFields fields;
  for (const auto [key, value] : object) {
    std::string_view* field = find(fields, key);
    if (field == nullptr) continue;
    if (value.is_number()) return std::nullopt;
    if (value.get(*field) != simdjson::SUCCESS) *field = {};
  }
  return fields;
}

// A number as its text: Cowrie writes text, but logs that went through other tools come back with
// numbers for sessions, user names and passwords.
std::string_view as_text(Json& value, bool number_too) {
  if (double ignored = 0; number_too && value.number(ignored)) value = Json(value.dump());
  const std::string* text = value.string();
  return text == nullptr ? std::string_view() : *text;
}

}  // namespace

Result<CowrieFields> read_cowrie_fields(std::string_view line) {
  if (const auto fields = read_quickly(line)) return *fields;
  return read_cowrie_fields_generally(line);
}

Result<CowrieFields> read_cowrie_fields_generally(std::string_view line) {
  thread_local Json document;
  DECNET_TRY(document, Json::parse(line));
  CowrieFields fields;
  const Json::Object* members = document.object();
  if (members == nullptr) return fields;
  for (const auto& [key, value] : *members) {
    std::string_view* field = find(fields, key);
    if (field == nullptr) continue;
    *field = as_text(const_cast<Json&>(value), field != &fields.input);
  }
  return fields;
}

}  // namespace decnet::importers
