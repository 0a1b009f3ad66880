// Members of a JSON object that an attacker, or a tool the log went through, may have given any
// type.
#pragma once

#include <string>
#include <string_view>

#include "decnet/base/json.h"

namespace decnet::importers {

// A member that is text; empty for any other, and when there is none. A view of `object`.
std::string_view text_of(const Json& object, std::string_view key);

// The same, and a number as its text.
std::string text_or_number(const Json& object, std::string_view key);

// The member that is an object; null for any other, and when there is none.
const Json* object_of(const Json& object, std::string_view key);

// A machine that lost power leaves a run of NUL bytes where its last lines should be; the next line
// follows them directly. This is the line without them, and without blanks before it.
std::string_view without_padding(std::string_view line);

}  // namespace decnet::importers
