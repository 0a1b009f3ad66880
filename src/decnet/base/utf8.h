// Text from outside: made valid UTF-8 once, at the edge, and made harmless before a person sees it.
#pragma once

#include <string>
#include <string_view>

namespace decnet {

// Whether every byte belongs to a well-formed sequence (Unicode 15, table 3-7: no surrogates, no
// overlong forms, nothing above U+10FFFF).
bool is_valid_utf8(std::string_view text);

// The text with every ill-formed sequence replaced by one U+FFFD (maximal subparts, as browsers
// and Python do).
std::string to_valid_utf8(std::string_view text);

// Takes the first character off `text`, which is not empty, and returns it; an ill-formed sequence
// (a maximal subpart) is one U+FFFD.
char32_t take_code_point(std::string_view& text);

// The longest prefix of at most `max_bytes` bytes that does not cut a character in two.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);
// The longest suffix of at most `max_bytes` bytes that does not begin inside a character.
std::string_view utf8_suffix(std::string_view text, std::size_t max_bytes);

// One harmless line: control characters (C0, DEL, C1), line and paragraph separators and
// bidirectional overrides as \n, \t, \r, \xNN or \u{NNNN}; a backslash stays a backslash. For
// terminals and logs, whose escape sequences an attacker would otherwise write.
std::string printable(std::string_view text);

}  // namespace decnet
