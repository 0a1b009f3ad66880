#include "decnet/evaluation/row.h"

#include <fmt/format.h>

namespace decnet::evaluation {
namespace {

const std::string kNoText;
const Json::Array kNoArray;

}  // namespace

const Json* Row::required(std::string_view key, std::string_view type) {
  const Json* const value = object_.find(key);
  if (value == nullptr) object_to(fmt::format("'{}' is missing; expected {}", key, type));
  return value;
}

const std::string& Row::text(std::string_view key) {
  const Json* const value = required(key, "a text");
  if (value == nullptr) return kNoText;
  if (const std::string* text = value->string()) return *text;
  object_to(fmt::format("'{}' is no text", key));
  return kNoText;
}

std::vector<std::string> Row::texts(std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& element : array(key)) {
    if (const std::string* text = element.string()) {
      texts.push_back(*text);
    } else {
      object_to(fmt::format("'{}' holds something that is no text", key));
    }
  }
  return texts;
}

std::string Row::text_or(std::string_view key, std::string_view otherwise) {
  const Json* const value = object_.find(key);
  if (value == nullptr || value->is_null()) return std::string(otherwise);
  if (const std::string* text = value->string()) return *text;
  object_to(fmt::format("'{}' is no text", key));
  return std::string(otherwise);
}

std::int64_t Row::integer_or(std::string_view key, std::int64_t otherwise) {
  const Json* const value = object_.find(key);
  if (value == nullptr || value->is_null()) return otherwise;
  if (const std::int64_t* integer = value->integer()) return *integer;
  object_to(fmt::format("'{}' is no integer", key));
  return otherwise;
}

bool Row::boolean(std::string_view key) {
  const Json* const value = required(key, "true or false");
  if (value == nullptr) return false;
  if (const bool* boolean = value->boolean()) return *boolean;
  object_to(fmt::format("'{}' is neither true nor false", key));
  return false;
}

const Json::Array& Row::array(std::string_view key) {
  const Json* const value = required(key, "a list");
  if (value == nullptr) return kNoArray;
  if (const Json::Array* array = value->array()) return *array;
  object_to(fmt::format("'{}' is no list", key));
  return kNoArray;
}

}  // namespace decnet::evaluation
