#include "decnet/web/decode.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::web {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The number that `digits` hexadecimal digits at `at` spell.
std::optional<char32_t> hex_number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  char32_t number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) return std::nullopt;
    number = number * 16 + static_cast<char32_t>(digit);
  }
  return number;
}

void append_utf8(char32_t c, std::string& out) {
  const auto byte = [&out](char32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6U);
    byte(0x80 | (c & 0x3FU));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12U);
    byte(0x80 | (c >> 6U & 0x3FU));
    byte(0x80 | (c & 0x3FU));
  } else if (c <= 0x10FFFF) {
    byte(0xF0 | c >> 18U);
    byte(0x80 | (c >> 12U & 0x3FU));
    byte(0x80 | (c >> 6U & 0x3FU));
    byte(0x80 | (c & 0x3FU));
  }
}

struct Named {
  std::string_view name;
  std::string_view stands_for;
};
constexpr std::array<Named, 42> kNamed = {{
    {"NewLine", "\n"}, {"Tab", "\t"},   {"amp", "&"},   {"apos", "'"},   {"ast", "*"},
    {"bsol", "\\"},    {"colon", ":"},  {"comma", ","}, {"commat", "@"}, {"dollar", "$"},
    {"equals", "="},   {"excl", "!"},   {"grave", "`"}, {"gt", ">"},     {"Hat", "^"},
    {"lbrace", "{"},   {"lbrack", "["}, {"lcub", "{"},  {"lowbar", "_"}, {"lpar", "("},
    {"lsqb", "["},     {"lt", "<"},     {"nbsp", " "},  {"num", "#"},    {"percnt", "%"},
    {"period", "."},   {"plus", "+"},   {"quest", "?"}, {"quot", "\""},  {"rbrace", "}"},
    {"rbrack", "]"},   {"rcub", "}"},   {"rpar", ")"},  {"rsqb", "]"},   {"semi", ";"},
    {"sol", "/"},      {"verbar", "|"}, {"vert", "|"},  {"AMP", "&"},    {"GT", ">"},
    {"LT", "<"},       {"QUOT", "\""},
}};

// A character reference at the beginning of `text`, which is behind its '&': how many bytes it
// takes there; 0 when it is none.
std::size_t reference(std::string_view text, std::string& out) {
  const auto with_semicolon = [&text](std::size_t length) {
    return length < text.size() && text[length] == ';' ? length + 1 : length;
  };
  if (!text.empty() && text[0] == '#') {
    const bool is_hex = text.size() > 1 && (text[1] == 'x' || text[1] == 'X');
    std::size_t at = is_hex ? 2 : 1;
    const std::size_t begin = at;
    char32_t number = 0;
    for (; at < text.size(); ++at) {
      const int digit = hex_digit(text[at]);
      if (digit < 0 || (!is_hex && digit > 9)) break;
      number =
          std::min<char32_t>(number * (is_hex ? 16 : 10) + static_cast<char32_t>(digit), 0x110000);
    }
    if (at == begin || number > 0x10FFFF) return 0;
    append_utf8(number, out);
    return with_semicolon(at);
  }
  for (const Named& named : kNamed) {
    if (!text.starts_with(named.name)) continue;
    // Without semicolon only the oldest ones are read, and "&lpar" in a query is a parameter.
    const std::size_t length = named.name.size();
    const bool closed = length < text.size() && text[length] == ';';
    const bool old = named.name == "lt" || named.name == "gt" || named.name == "amp" ||
                     named.name == "quot" || named.name == "nbsp";
    // Decoders that are no browsers take these too, and they begin or end what is injected.
    const bool braces = named.name == "lbrace" || named.name == "lcub" || named.name == "dollar";
    if (!closed && !old && !braces) continue;
    out += named.stands_for;
    return with_semicolon(length);
  }
  return 0;
}

// U+2028 and the like are blanks to somebody.
bool is_blank(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_line_end(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool is_invisible(char32_t c) {
  return c == 0 || c == 0xAD || (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF;
}

char32_t plain(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFF01 + '!';
  // In a circle: host names are read so.
  if (c >= 0x2460 && c <= 0x2468) return c - 0x2460 + '1';
  if (c >= 0x24B6 && c <= 0x24CF) return c - 0x24B6 + 'A';
  if (c >= 0x24D0 && c <= 0x24E9) return c - 0x24D0 + 'a';
  switch (c) {
    case 0x24EA:
      return '0';
    case 0x3002:
    case 0xFF61:
      return '.';
    case 0x2044:
    case 0x2215:
    case 0x29F8:
      return '/';
    case 0x2216:
    case 0x29F5:
    case 0xFE68:
      return '\\';
    case 0x2018:
    case 0x2019:
    case 0x02B9:
    case 0x02BC:
    case 0x2032:
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x2033:
      return '"';
    case 0x2039:
    case 0x3008:
    case 0xFE64:
      return '<';
    case 0x203A:
    case 0x3009:
    case 0xFE65:
      return '>';
    default:
      return c;
  }
}

// An ASCII character written as an overlong sequence at the beginning of `text`, with its length.
std::optional<std::pair<char32_t, std::size_t>> overlong(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  if ((byte(0) == 0xC0 || byte(0) == 0xC1) && follows(1)) {
    return std::pair{static_cast<char32_t>((byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU)),
                     std::size_t{2}};
  }
  if (byte(0) == 0xE0 && (byte(1) == 0x80 || byte(1) == 0x81) && follows(2)) {
    return std::pair{static_cast<char32_t>((byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU)),
                     std::size_t{3}};
  }
  return std::nullopt;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-' || c == ' ') return 62;  // a plus that a query made a blank
  if (c == '/' || c == '_') return 63;
  return -1;
}

// The whole bytes that digits of base64 spell when the first `missing` of their group are not
// there.
std::string base64_bytes(std::string_view digits, int missing) {
  std::string out;
  out.reserve(digits.size() * 3 / 4 + 1);
  std::uint32_t bits = 0;
  int held = 6 * missing;
  int unknown = (held + 7) / 8;  // bytes of which bits are missing
  for (const char c : digits) {
    bits = bits << 6U | static_cast<std::uint32_t>(base64_digit(c));
    held += 6;
    while (held >= 8) {
      held -= 8;
      if (unknown > 0) {
        --unknown;
      } else {
        out += static_cast<char>(bits >> static_cast<unsigned>(held) & 0xFFU);
      }
    }
  }
  return out;
}

bool is_plausible(std::string_view bytes) {
  constexpr std::array<std::string_view, 4> kMagic = {
      std::string_view("\xAC\xED\x00\x05", 4),                           // Java
      std::string_view("\x80\x04", 2), std::string_view("\x80\x03", 2),  // Python
      std::string_view("\x00\x01\x00\x00\x00\xFF\xFF\xFF\xFF", 9)};      // .NET
  for (const auto magic : kMagic) {
    if (bytes.starts_with(magic)) return true;
  }
  const auto printable = std::count_if(bytes.begin(), bytes.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\t' || c == '\r';
  });
  return static_cast<std::size_t>(printable) * 10 >= bytes.size() * 9;
}

}  // namespace

std::string percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plus_is_blank) {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else if (const auto byte = hex_number(text, i + 1, 2)) {
      out += static_cast<char>(*byte);
      i += 2;
    } else if (const bool wide = i + 1 < text.size() && (text[i + 1] == 'u' || text[i + 1] == 'U');
               const auto code = wide ? hex_number(text, i + 2, 4) : std::nullopt) {
      append_utf8(*code, out);
      i += 5;
    } else {
      out += c;
    }
  }
  return out;
}

std::string references_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t length = text[i] == '&' ? reference(text.substr(i + 1), out) : 0;
    if (length == 0) {
      out += text[i];
    } else {
      i += length;
    }
  }
  return out;
}

std::string escapes_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char kind = text[i + 1];
    if (kind == 'x') {
      if (const auto byte = hex_number(text, i + 2, 2)) {
        append_utf8(*byte, out);
        i += 3;
        continue;
      }
    } else if (kind == 'u' && i + 2 < text.size() && text[i + 2] == '{') {
      const auto close = text.substr(i + 3, 7).find('}');
      const auto code = close == std::string_view::npos || close == 0
                            ? std::nullopt
                            : hex_number(text, i + 3, close);
      if (code && *code <= 0x10FFFF) {
        append_utf8(*code, out);
        i += 3 + close;
        continue;
      }
    } else if (kind == 'u') {
      if (const auto code = hex_number(text, i + 2, 4)) {
        append_utf8(*code, out);
        i += 5;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::string decoded(std::string_view text) {
  std::string now(text);
  for (int layer = 0; layer < kMaxLayers; ++layer) {
    std::string next = now;
    if (next.find('%') != std::string::npos) next = percent_decoded(next);
    if (next.find('&') != std::string::npos) next = references_decoded(next);
    if (next.find('\\') != std::string::npos) next = escapes_decoded(next);
    if (next == now) break;
    now = std::move(next);
  }
  return now;
}

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  char after_blank = '\0';  // what the run of blanks before was written as
  while (!text.empty()) {
    char32_t c = 0;
    if (const auto ascii = overlong(text)) {
      c = ascii->first;
      text.remove_prefix(ascii->second);
    } else {
      c = plain(take_code_point(text));
    }
    if (is_invisible(c)) continue;
    if (!is_blank(c)) {
      after_blank = '\0';
      append_utf8(c, out);
    } else if (const char blank = is_line_end(c) ? '\n' : ' '; after_blank == '\0') {
      out += after_blank = blank;
    } else if (blank == '\n') {
      out.back() = after_blank = blank;
    }
  }
  return out;
}

std::optional<std::string> base64_decoded(std::string_view text) {
  constexpr std::size_t kShortest = 8;  // shorter ones are words
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() < kShortest) return std::nullopt;
  for (const char c : text) {
    if (base64_digit(c) < 0) return std::nullopt;
  }
  // A piece cut out of a longer text may begin anywhere in a group of four.
  for (int missing = 0; missing < 4; ++missing) {
    std::string out = base64_bytes(text, missing);
    if (missing > 0 && out.size() < kShortest * 3 / 4) continue;
    if (is_plausible(out)) return out;
  }
  return std::nullopt;
}

std::string without_comments(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.substr(i, 2) == "/*") {
      const bool kept = i + 2 < text.size() && text[i + 2] == '!';
      if (kept) {
        i += 3;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
        out += ' ';
        continue;
      }
      const auto close = text.find("*/", i + 2);
      if (close == std::string_view::npos) break;
      out += ' ';
      i = close + 2;
    } else if (text.substr(i, 2) == "*/") {
      out += ' ';
      i += 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::string without_quoting(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t i = 0;
  const auto skips = [&](std::string_view what) {
    if (!text.substr(i).starts_with(what)) return false;
    i += what.size();
    return true;
  };
  while (i < text.size()) {
    const char c = text[i];
    if (c == '$') {
      if (skips("${IFS}") || skips("$IFS$9") || skips("$IFS")) {
        out += ' ';
        continue;
      }
      if (skips("$@") || skips("$*") || skips("${@}") || skips("${*}") || skips("$1") ||
          skips("$9")) {
        continue;
      }
    }
    ++i;
    if (c != '\'' && c != '"' && c != '\\' && c != '^') out += c;
  }
  return out;
}

}  // namespace decnet::web
