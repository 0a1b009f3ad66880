#include "decnet/lifters/fields.h"

namespace decnet::lifters {

const Json* first_truthy(const Json& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const Json* value = object.find(key);
    if (value != nullptr && value->truthy()) return value;
  }
  return nullptr;
}

bool is_true(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

bool is_false(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->boolean() != nullptr && !*value->boolean();
}

bool is_truthy(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->truthy();
}

const std::int64_t* integer(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr ? nullptr : value->integer();
}

std::optional<double> number(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  double result = 0;
  if (value == nullptr || !value->number(result)) return std::nullopt;
  return result;
}

const std::string* text(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr ? nullptr : value->string();
}

const std::string* some_text(const Json& object, std::string_view key) {
  const std::string* value = text(object, key);
  return value == nullptr || value->empty() ? nullptr : value;
}

const std::string* first_text(const Json& object, std::initializer_list<std::string_view> keys) {
  const Json* value = first_truthy(object, keys);
  return value == nullptr ? nullptr : value->string();
}

std::vector<std::string_view> texts(const Json& object, std::string_view key) {
  std::vector<std::string_view> result;
  const Json* value = object.find(key);
  if (value == nullptr || value->array() == nullptr) return result;
  for (const Json& element : *value->array()) {
    if (element.string() != nullptr) result.push_back(*element.string());
  }
  return result;
}

std::optional<std::int64_t> integer_parameter(const Json& parameters, std::string_view key,
                                              std::int64_t otherwise) {
  if (parameters.find(key) == nullptr) return otherwise;
  const std::int64_t* value = integer(parameters, key);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> number_parameter(const Json& parameters, std::string_view key,
                                       double otherwise) {
  if (parameters.find(key) == nullptr) return otherwise;
  return number(parameters, key);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace decnet::lifters
