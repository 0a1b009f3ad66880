#include "decnet/base/python_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "decnet/base/utf8.h"

namespace decnet {
namespace {

// Whether str.isprintable() says no to a character that could steer a terminal or hide text: the
// controls, separators, format and private characters.
bool is_unprintable(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) ||
         (c >= 0x205f && c <= 0x206f) || c == 0x3000 || (c >= 0xe000 && c <= 0xf8ff) ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

std::uint32_t decode(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  std::uint32_t c = sequence.size() == 1 ? lead : lead & (0x7fU >> sequence.size());
  for (const char byte : sequence.substr(1)) {
    c = (c << 6) | (static_cast<unsigned char>(byte) & 0x3fU);
  }
  return c;
}

void append_escaped(std::string& out, std::uint32_t c) {
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
  auto end = std::back_inserter(out);
  if (c <= 0xff) {
    fmt::format_to(end, "\\x{:02x}", c);
  } else if (c <= 0xffff) {
    fmt::format_to(end, "\\u{:04x}", c);
  } else {
    fmt::format_to(end, "\\U{:08x}", c);
  }
}

void append_repr(std::string& out, std::string_view text) {
  const bool double_quoted =
      text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = double_quoted ? '"' : '\'';
  out += quote;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const auto sequence = text.substr(0, sequence_length(lead));
    if (lead >= 0x80 && !is_valid_utf8(sequence)) {
      append_escaped(out, 0xdc00U + lead);  // as Python reads such a byte of a command line
      text.remove_prefix(1);
      continue;
    }
    const auto c = decode(sequence);
    if (is_unprintable(c)) {
      append_escaped(out, c);
    } else {
      if (c == '\\' || c == static_cast<unsigned char>(quote)) out += '\\';
      out += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  out += quote;
}

void append_value(std::string& out, const Json& value) {
  if (const auto* text = value.string()) {
    append_repr(out, *text);
  } else if (const auto* flag = value.boolean()) {
    out += *flag ? "True" : "False";
  } else if (const auto* integer = value.integer()) {
    fmt::format_to(std::back_inserter(out), "{}", *integer);
  } else if (const auto* elements = value.array()) {
    out += '[';
    for (const auto& element : *elements) {
      if (&element != &elements->front()) out += ", ";
      append_value(out, element);
    }
    out += ']';
  } else if (const auto* members = value.object()) {
    out += '{';
    for (const auto& member : *members) {
      if (&member != &members->front()) out += ", ";
      append_repr(out, member.first);
      out += ": ";
      append_value(out, member.second);
    }
    out += '}';
  } else if (double number = 0; value.number(number)) {
    out += python_text(number);
  } else {
    out += "None";
  }
}

}  // namespace

std::string python_text(double value) {
  auto text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";  // n: "nan", "inf"
  return text;
}

std::string python_text(const Json& value) {
  if (const auto* text = value.string()) return *text;
  std::string out;
  append_value(out, value);
  return out;
}

std::string python_repr(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_repr(out, text);
  return out;
}

}  // namespace decnet
