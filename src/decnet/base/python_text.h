// Python's text forms of values. Stored ids and console lines of the DECNET framework are made with
// str() and repr(), and an id that is written otherwise would be another id.
#pragma once

#include <string>
#include <string_view>

#include "decnet/base/json.h"

namespace decnet {

// str(float): the shortest decimal form that reads back as the same double, always with a fraction
// or an exponent: "60.0", "0.5", "1e+20", "1e-05".
std::string python_text(double value);

// str(value): a string as it is, "True", "None", "2003", "60.0", "[1, 'a']", "{'k': None}".
std::string python_text(const Json& value);

// repr(str): quoted with ', or with " when the text contains ' and no "; one line, whatever is in
// the text: control characters, separators, bidirectional controls and ill-formed bytes are escaped
// (\n, \x1b, \u202e, \udcff).
std::string python_repr(std::string_view text);

}  // namespace decnet
