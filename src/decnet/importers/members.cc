#include "decnet/importers/members.h"

namespace decnet::importers {

std::string_view text_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  const std::string* found = value == nullptr ? nullptr : value->string();
  return found == nullptr ? std::string_view() : *found;
}

std::string text_or_number(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  if (double number = 0; value != nullptr && value->number(number)) return value->dump();
  return std::string(text_of(object, key));
}

const Json* object_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->object() != nullptr ? value : nullptr;
}

std::string_view without_padding(std::string_view line) {
  const auto begin = line.find_first_not_of(std::string_view("\0 \t\r", 4));
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
}

}  // namespace decnet::importers
