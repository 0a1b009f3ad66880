// Json: one JSON value. Made for payloads and evidence: objects keep the order they were written
// in, integers stay integers, and reading never throws.
//
// Why our own: nlohmann's value costs ten times the whole pattern matching to build and 3 s of
// compile time in every file that sees an Event; simdjson's is a view that dies with its parser.
// (docs/decisions/0003)
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "decnet/base/error.h"

namespace decnet {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // in written order; a key met twice: the last one counts

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(std::int64_t{value}) {}
  Json(std::int64_t value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  static Json object(std::initializer_list<Member> members) { return Json(Object(members)); }
  static Json array(std::initializer_list<Json> elements) { return Json(Array(elements)); }

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }

  // The value when it is of that type, else null. A boolean is no integer; 50.0 is no integer.
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&value_); }
  [[nodiscard]] Array* array() { return std::get_if<Array>(&value_); }  // to move elements out of
  [[nodiscard]] const Object* object() const { return std::get_if<Object>(&value_); }
  // An integer or a floating-point number, as a double; false when it is neither.
  [[nodiscard]] bool number(double& out) const;

  // False for null, false, 0, 0.0, "", [] and {}: what the contract calls falsy.
  [[nodiscard]] bool truthy() const;

  // The member of that key, or null when there is none or this is no object.
  [[nodiscard]] const Json* find(std::string_view key) const;
  // Replaces the member of that key or appends it. Makes an object of a null; anything else that
  // is no object stays as it is.
  void set(std::string_view key, Json value);

  friend bool operator==(const Json&, const Json&) = default;

  // Reads one JSON text (RFC 8259). Lenient in two things that honeypot logs contain: a lone
  // surrogate escape reads as U+FFFD, and an integer beyond 64 bits reads as a double. Bytes that
  // are no UTF-8 read as U+FFFD. Nesting beyond kMaxDepth, or trailing text, is an error that names
  // the byte.
  static Result<Json> parse(std::string_view text);
  static constexpr std::size_t kMaxDepth = 256;

  // The shortest text that reads back as the same value: no blanks, UTF-8 as it is, control
  // characters escaped. A NaN or infinity, which JSON lacks, is written as null.
  [[nodiscard]] std::string dump() const;
  void dump_to(std::string& out) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace decnet
