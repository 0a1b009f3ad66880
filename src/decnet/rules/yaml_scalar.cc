#include "decnet/rules/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace decnet::rules {
namespace {

using Kind = YamlNode::Kind;

// YAML 1.1 takes a word in lower case, in capitals and with a capital first letter.
bool is_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto to_lower = [&](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; };
  if (!std::equal(text.begin(), text.end(), lower.begin(),
                  [&](char a, char b) { return to_lower(a) == b; })) {
    return false;
  }
  const auto capitals = std::count_if(text.begin(), text.end(), is_upper);
  return capitals == 0 || capitals == static_cast<std::ptrdiff_t>(text.size()) ||
         (capitals == 1 && is_upper(text.front()));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits of `base`, with underscores between that count for nothing; no sign.
std::optional<Json> integer(std::string_view digits, int base, bool negative) {
  std::string plain(negative ? "-" : "");
  std::copy_if(digits.begin(), digits.end(), std::back_inserter(plain),
               [](char c) { return c != '_'; });
  std::int64_t value = 0;
  const char* end = plain.data() + plain.size();
  const auto [stop, error] = std::from_chars(plain.data(), end, value, base);
  if (stop != end || error != std::errc()) return std::nullopt;
  return value;
}

// "1:30" is ninety: hours, minutes and seconds, as YAML 1.1 has them.
std::optional<Json> base_60(std::string_view text, bool negative) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  if (text.back() == ':') return std::nullopt;
  std::int64_t total = 0;
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (first && colon == text.size()) return std::nullopt;
    const std::string_view part = text.substr(0, colon);
    int value = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (part.empty() || stop != part.data() + part.size() || error != std::errc()) {
      return std::nullopt;
    }
    if (!first && (value > 59 || part.size() > 2)) return std::nullopt;
    if (total > (std::numeric_limits<std::int64_t>::max() - 59) / 60 - value) return std::nullopt;
    total = total * 60 + value;
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return negative ? -total : total;
}

// A point is what makes a float: "1e3" is a text in YAML 1.1.
std::optional<Json> floating(std::string_view text, bool negative) {
  if (is_word(text, ".inf")) {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  std::string plain;
  std::size_t points = 0;
  std::size_t digits = 0;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.' || text[i] == '_'); ++i) {
    points += text[i] == '.' ? 1 : 0;
    digits += is_digit(text[i]) ? 1 : 0;
    if (text[i] != '_') plain += text[i];
  }
  if (points != 1 || digits == 0) return std::nullopt;
  if (i < text.size()) {
    const std::string_view exponent = text.substr(i);
    const bool well_formed = exponent.size() >= 3 && (exponent[0] == 'e' || exponent[0] == 'E') &&
                             (exponent[1] == '+' || exponent[1] == '-') &&
                             std::all_of(exponent.begin() + 2, exponent.end(), is_digit);
    if (!well_formed) return std::nullopt;
    plain += exponent;
  }
  double value = 0;
  const auto [stop, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (stop != plain.data() + plain.size() || error != std::errc()) return std::nullopt;
  return negative ? -value : value;
}

bool all_of_set(std::string_view text, std::string_view set) {
  return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
}

}  // namespace

YamlScalar resolve_scalar(std::string_view text) {
  const auto as_text = [&] { return YamlScalar{Kind::kText, Json(text), {}}; };
  if (text.empty() || text == "~" || is_word(text, "null")) return {Kind::kNull, nullptr, {}};
  for (const bool value : {true, false}) {
    if (is_word(text, value ? "true" : "false")) return {Kind::kBoolean, value, {}};
    if (is_word(text, value ? "yes" : "no") || is_word(text, value ? "on" : "off")) {
      return {Kind::kBoolean, value, "a boolean"};
    }
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return {Kind::kFloat, std::numeric_limits<double>::quiet_NaN(), "not a number"};
  }

  std::string_view number = text;
  const bool negative = number.front() == '-';
  if (negative || number.front() == '+') number.remove_prefix(1);
  if (number.empty() || !(is_digit(number.front()) || number.front() == '.')) return as_text();

  const auto as_integer = [&](std::optional<Json> value, std::string_view surprise) {
    if (!value) return as_text();
    return YamlScalar{Kind::kInteger, *std::move(value), surprise};
  };
  constexpr std::string_view kDecimal = "0123456789";
  if (number == "0" || (number.front() != '0' && all_of_set(number, kDecimal))) {
    return as_integer(integer(number, 10, negative), {});
  }
  if (number.starts_with("0b") && all_of_set(number.substr(2), "01_")) {
    return as_integer(integer(number.substr(2), 2, negative), "binary");
  }
  if (number.starts_with("0x") && all_of_set(number.substr(2), "0123456789abcdefABCDEF_")) {
    return as_integer(integer(number.substr(2), 16, negative), "hexadecimal");
  }
  if (number.front() == '0' && all_of_set(number, "01234567_")) {
    return as_integer(integer(number, 8, negative), "octal");
  }
  if (is_digit(number.front()) && number.front() != '0' && all_of_set(number, "0123456789_")) {
    return as_integer(integer(number, 10, negative), "a number");
  }
  if (const auto value = base_60(number, negative)) return as_integer(value, "base 60");
  if (const auto value = floating(number, negative)) return {Kind::kFloat, *value, {}};
  return as_text();
}

}  // namespace decnet::rules
