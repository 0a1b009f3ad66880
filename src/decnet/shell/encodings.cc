#include "decnet/shell/encodings.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "decnet/shell/characters.h"
#include "decnet/shell/escapes.h"

namespace decnet::shell {
namespace {

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

int base32_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

bool is_white(char c) { return is_blank(c) || c == '\n' || c == '\r'; }

std::optional<std::string> decode_bits(std::string_view text, int (*value_of)(char),
                                       unsigned bits) {
  std::string out;
  out.reserve(text.size() * bits / 8);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (is_white(c)) continue;
    const int value = value_of(c);
    if (value < 0) break;
    ++digits;
    buffer = (buffer << bits) | static_cast<std::uint32_t>(value);
    held += bits;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((buffer >> held) & 0xFF);
    }
  }
  if (digits < 2 || out.empty()) return std::nullopt;
  return out;
}

struct Class {
  std::string_view name;
  std::string_view members;
};
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";
constexpr std::array<Class, 8> kClasses = {
    {{"[:upper:]", kUpper},
     {"[:lower:]", kLower},
     {"[:digit:]", kDigits},
     {"[:alpha:]", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
     {"[:alnum:]", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
     {"[:space:]", "\t\n\v\f\r "},
     {"[:blank:]", "\t "},
     {"[:punct:]", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}}};

// The characters a set of tr stands for, in order.
std::string set_of(std::string_view written) {
  const std::string text = unescape(written, EscapeStyle::kPrintf).text;
  std::string_view rest = text;
  std::string set;
  while (!rest.empty() && set.size() < 4096) {
    const auto* const named = std::find_if(kClasses.begin(), kClasses.end(), [&](const Class& one) {
      return rest.starts_with(one.name);
    });
    if (named != kClasses.end()) {
      set += named->members;
      rest.remove_prefix(named->name.size());
    } else if (rest.size() >= 3 && rest[1] == '-' &&
               static_cast<unsigned char>(rest[0]) <= static_cast<unsigned char>(rest[2])) {
      for (int c = static_cast<unsigned char>(rest[0]); c <= static_cast<unsigned char>(rest[2]);
           ++c) {
        set += static_cast<char>(c);
      }
      rest.remove_prefix(3);
    } else {
      set += rest.front();
      rest.remove_prefix(1);
    }
  }
  return set;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  return decode_bits(text, base64_value, 6);
}

std::optional<std::string> decode_base32(std::string_view text) {
  return decode_bits(text, base32_value, 5);
}

std::optional<std::string> decode_hex(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 2);
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_white(text[at]) || text[at] == ':' || text[at] == ',') {
      ++at;
    } else if (at + 1 < text.size() && (text[at] == '\\' || text[at] == '0') &&
               (text[at + 1] == 'x' || text[at + 1] == 'X')) {
      at += 2;
    } else if (at + 1 < text.size() && hex_value(text[at]) >= 0 && hex_value(text[at + 1]) >= 0) {
      out += static_cast<char>(hex_value(text[at]) * 16 + hex_value(text[at + 1]));
      at += 2;
    } else {
      break;
    }
  }
  if (out.empty()) return std::nullopt;
  return out;
}

std::string reverse_lines(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t end = std::min(out.find('\n', at), out.size());
    std::reverse(out.begin() + static_cast<std::ptrdiff_t>(at),
                 out.begin() + static_cast<std::ptrdiff_t>(end));
    at = end + 1;
  }
  return out;
}

std::string rot13(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + (c - 'a' + 13) % 26);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>('A' + (c - 'A' + 13) % 26);
  }
  return out;
}

std::string translate(std::string_view text, std::string_view from, std::string_view to,
                      bool deletes, bool complement) {
  const std::string before = set_of(from);
  const std::string after = set_of(to);
  std::array<bool, 256> held{};
  std::array<char, 256> become{};
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto byte = static_cast<unsigned char>(before[i]);
    held[byte] = true;
    become[byte] = after.empty() ? before[i] : after[std::min(i, after.size() - 1)];
  }
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (held[byte] == complement) {
      out += c;
    } else if (!deletes) {
      out += complement ? (after.empty() ? c : after.back()) : become[byte];
    }
  }
  return out;
}

bool is_text(std::string_view bytes) {
  const std::string_view sample = bytes.substr(0, 4096);
  const auto odd = std::count_if(sample.begin(), sample.end(), [](char c) {
    return (is_control(c) && c != '\r') || static_cast<unsigned char>(c) >= 0x80;
  });
  return !sample.empty() && sample.find('\0') == std::string_view::npos &&
         static_cast<std::size_t>(odd) * 8 <= sample.size();
}

}  // namespace decnet::shell
