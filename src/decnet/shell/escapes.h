// Backslash escapes: \n, \x77, \167, \u0077, as different programs read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace decnet::shell {

enum class EscapeStyle : std::uint8_t {
  kAnsiQuotes,  // $'…' of bash: \NNN, \xHH, \uHHHH, \cX
  kEcho,        // echo -e: \0NNN, \NNN as busybox has it, \xHH, \c ends the output
  kPrintf,      // a format of printf: \NNN, \xHH
  kPrintfText,  // its %b: as kEcho
  kProgram,     // a string literal of Python, Perl, Ruby, PHP or JavaScript
};

struct Unescaped {
  std::string text;
  bool coded = false;  // some character was written by its number
  bool hides = false;  // one was that could have been typed
  bool ended = false;  // by \c
};

// What is no escape stays as it is, backslash included; but kProgram drops the backslash of \", \'.
Unescaped unescape(std::string_view text, EscapeStyle style);

// Appends the UTF-8 bytes of a code point; nothing for what is none.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace decnet::shell
