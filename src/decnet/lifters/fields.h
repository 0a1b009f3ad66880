// Fields: reading payloads and the parameters of rules. What is missing, null or of another type is
// no signal: each function then answers with nothing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"

namespace decnet::lifters {

// The first member of these keys that is truthy, or null.
const Json* first_truthy(const Json& object, std::initializer_list<std::string_view> keys);

bool is_true(const Json& object, std::string_view key);   // exactly true
bool is_false(const Json& object, std::string_view key);  // exactly false
bool is_truthy(const Json& object, std::string_view key);

const std::int64_t* integer(const Json& object, std::string_view key);
std::optional<double> number(const Json& object, std::string_view key);  // an integer or not
const std::string* text(const Json& object, std::string_view key);
const std::string* some_text(const Json& object, std::string_view key);  // not empty

// The first truthy member of the keys, when it is a string: a truthy one of another type hides the
// rest.
const std::string* first_text(const Json& object, std::initializer_list<std::string_view> keys);

// The strings among the elements of a list, in order.
std::vector<std::string_view> texts(const Json& object, std::string_view key);

// A parameter of a rule: `otherwise` when the key is absent, nothing when it is of another type,
// which costs the predicate that asks.
std::optional<std::int64_t> integer_parameter(const Json& parameters, std::string_view key,
                                              std::int64_t otherwise);
std::optional<double> number_parameter(const Json& parameters, std::string_view key,
                                       double otherwise);

// ASCII letters in lower case, the rest as it is.
std::string lower_case(std::string_view text);

}  // namespace decnet::lifters
