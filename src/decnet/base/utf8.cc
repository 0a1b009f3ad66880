#include "decnet/base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace decnet {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Decoded {
  std::size_t size = 0;  // bytes of the sequence, or of the ill-formed part
  bool ok = false;
  char32_t code_point = 0;
};

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The sequence at `at`. The bounds of the second byte carry all rules: they exclude overlong forms,
// surrogates and code points above U+10FFFF.
Decoded decode(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80) return {1, true, first};
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  char32_t code_point = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    code_point = first & 0x1FU;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    code_point = first & 0x0FU;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    code_point = first & 0x07U;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return {1, false, 0};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size()) return {i, false, 0};
    const unsigned next = byte_at(text, at + i);
    if (next < low || next > high) return {i, false, 0};
    code_point = (code_point << 6) | (next & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {length, true, code_point};
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool needs_escape(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
}

void append_escaped(std::string& out, char32_t c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto value = static_cast<std::uint32_t>(c);
  if (value < 0x100) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", value);
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", value);
  }
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Decoded next = decode(text, i);
    if (!next.ok) return false;
    i += next.size;
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Decoded next = decode(text, i);
    out += next.ok ? text.substr(i, next.size) : kReplacement;
    i += next.size;
  }
  return out;
}

char32_t take_code_point(std::string_view& text) {
  const Decoded next = decode(text, 0);
  text.remove_prefix(next.size);
  return next.ok ? next.code_point : U'\uFFFD';
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  for (int back = 0; back < 3 && end > 0 && is_continuation(text[end]); ++back) --end;
  // Four continuation bytes in a row are no character: cut where asked.
  return text.substr(0, is_continuation(text[end]) ? max_bytes : end);
}

std::string_view utf8_suffix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t begin = text.size() - max_bytes;
  for (int forth = 0; forth < 3 && begin < text.size() && is_continuation(text[begin]); ++forth) {
    ++begin;
  }
  return text.substr(begin);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Decoded next = decode(text, i);
    if (!next.ok) {
      out += kReplacement;
    } else if (needs_escape(next.code_point)) {
      append_escaped(out, next.code_point);
    } else {
      out += text.substr(i, next.size);
    }
    i += next.size;
  }
  return out;
}

}  // namespace decnet
