// Decoding of what clients wrap texts in: one function a layer, none of them fails. What is no
// well-formed escape stays as it is.
//
// Cost: linear in the text; the result is never longer than the text, but for base64, whose result
//       is shorter too, and folded(), which writes U+FFFD (three bytes) for a byte that is no
//       UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace decnet::web {

// %41, %u0041 (UTF-8 of that code point) and, when asked for, + as a blank.
std::string percent_decoded(std::string_view text, bool plus_is_blank = false);

// HTML character references: &#65; &#x41; and the named ones that spell ASCII; with or without the
// semicolon where browsers take both.
std::string references_decoded(std::string_view text);

// \x41, \u0041, \u{41}: JavaScript, JSON, and what many other languages read alike.
std::string escapes_decoded(std::string_view text);

// All of the above, over and over until nothing changes, at most kMaxLayers times.
inline constexpr int kMaxLayers = 4;
std::string decoded(std::string_view text);

// Valid UTF-8 in which ASCII is written one way: overlong sequences, fullwidth forms and other
// slashes as the ASCII character they stand for; no NUL and no soft hyphen; every run of blanks, of
// any sort, as one blank, or as one line feed when there is a line end in it.
std::string folded(std::string_view text);

// What standard or URL-safe base64, with or without padding, stands for, also of a piece cut out of
// a longer one; nothing when the text is
// not plausibly that: too short, other characters, or a result that is neither mostly printable nor
// a serialised object of Java, Python or .NET.
std::optional<std::string> base64_decoded(std::string_view text);

// SQL's comments taken out: /*…*/ is a blank, /*!50000 …*/ is what it holds.
std::string without_comments(std::string_view text);

// As a shell reads it: quotes, backslashes, carets and parameters that are empty taken out;
// ${IFS} and $IFS are a blank.
std::string without_quoting(std::string_view text);

}  // namespace decnet::web
