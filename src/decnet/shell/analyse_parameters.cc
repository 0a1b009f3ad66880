// $x and ${x…}: what they stand for, where the script alone says so.
#include <algorithm>
#include <charconv>

#include "decnet/shell/analysing.h"
#include "decnet/shell/characters.h"
#include "decnet/shell/globs.h"
#include "decnet/shell/parser.h"

namespace decnet::shell {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kMaxNesting = 32;
constexpr std::size_t kMaxPatternBytes = 256;  // of a value that a pattern is cut off from
constexpr std::size_t kWordCost = 256;  // of reading a word behind an operator, in bytes written

std::string cased(std::string_view text, bool upper, bool all) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size() && (all || i == 0); ++i) {
    char& c = out[i];
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// What is left of `value` when the shortest or longest piece that matches is cut off.
std::string_view without_prefix(std::string_view value, std::string_view pattern, bool longest) {
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const std::size_t length = longest ? value.size() - i : i;
    if (glob_matches(pattern, value.substr(0, length))) return value.substr(length);
  }
  return value;
}

std::string_view without_suffix(std::string_view value, std::string_view pattern, bool longest) {
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const std::size_t begin = longest ? i : value.size() - i;
    if (glob_matches(pattern, value.substr(begin))) return value.substr(0, begin);
  }
  return value;
}

}  // namespace

Analysing::Resolved Analysing::value_of(std::string_view name) const {
  const Variables::Value value = state_.variables.get(name);
  if (value.state == Variables::State::kKnown) return {true, value.value};
  if (name == "IFS" && value.state == Variables::State::kUnset) return {true, " \t\n"};
  return {};
}

Analysing::Resolved Analysing::parameter(std::string_view text, bool quoted) {
  if (text.empty()) return {};
  if (text.front() == '#' && text.size() > 1) {
    const Resolved value = value_of(text.substr(1));
    if (!value.known) return {};
    return {true, keep(std::to_string(value.value.size()))};
  }
  if (text.front() == '!' && text.size() > 1) {
    const Resolved name = value_of(text.substr(1));
    return name.known ? value_of(name.value) : Resolved{};
  }
  std::size_t length = name_length(text);
  if (length == 0) length = 1;  // $@, $1
  if (length == text.size()) return value_of(text);
  return with_operator(text.substr(0, length), text.substr(length), quoted);
}

Analysing::Resolved Analysing::with_operator(std::string_view name, std::string_view rest,
                                             bool quoted) {
  const Variables::Value held = state_.variables.get(name);
  const Resolved value = value_of(name);
  const bool unset = held.state == Variables::State::kUnset && !value.known;
  const bool colon =
      rest.front() == ':' && rest.size() > 1 && std::string_view("-=+?").find(rest[1]) != kNone;
  const char sign = colon ? rest[1] : rest.front();
  const std::string_view word = rest.substr(colon ? 2 : 1);
  const bool has = value.known && !(colon && value.value.empty());
  switch (sign) {
    case '-':
    case '=':
      if (has) return value;
      if (!value.known && !unset) return {};
      if (sign == '=') {
        const std::string_view given = word_of(word, quoted);
        state_.variables.set(name, given);
        return {true, given};
      }
      return {true, word_of(word, quoted)};
    case '+':
      if (has) return {true, word_of(word, quoted)};
      return unset && usual_value(name) ? Resolved{} : Resolved{value.known || unset, {}};
    case '?':
      return value;
    default:
      break;
  }
  std::string_view base = value.value;
  if (!value.known) {
    const auto usual = unset ? usual_value(name) : std::nullopt;
    if (!usual) return {};
    base = *usual;
  }
  if (sign == ':') return substring(base, rest.substr(1));
  if (sign == '/') return replaced(base, rest.substr(1));
  if (base.size() > kMaxPatternBytes) return {};
  if (sign == '#' || sign == '%') {
    // Every piece of the value may be held against the pattern.
    if (!charge(base.size() * base.size() / 2)) return {};
    const bool longest = rest.size() > 1 && rest[1] == sign;
    const std::string_view pattern = word_of(rest.substr(longest ? 2 : 1), false);
    return {true, sign == '#' ? without_prefix(base, pattern, longest)
                              : without_suffix(base, pattern, longest)};
  }
  if (sign == '^' || sign == ',') {
    const bool all = rest.size() > 1 && rest[1] == sign;
    return {true, keep(cased(base, sign == '^', all))};
  }
  if (rest == "@L" || rest == "@U") return {true, keep(cased(base, rest == "@U", true))};
  return {};
}

// ${x:1}, ${x:1:2}, ${x: -3}
Analysing::Resolved Analysing::substring(std::string_view value, std::string_view numbers) {
  long parsed[2] = {0, 0};
  int count = 0;
  while (!numbers.empty() && count < 2) {
    numbers.remove_prefix(std::min(numbers.find_first_not_of(" ()"), numbers.size()));
    const auto [end, error] =
        std::from_chars(numbers.data(), numbers.data() + numbers.size(), parsed[count]);
    if (error != std::errc()) return {};
    ++count;
    numbers.remove_prefix(static_cast<std::size_t>(end - numbers.data()));
    numbers.remove_prefix(std::min(numbers.find_first_not_of(" ()"), numbers.size()));
    if (!numbers.empty() && numbers.front() != ':') return {};
    if (!numbers.empty()) numbers.remove_prefix(1);
  }
  const long size = static_cast<long>(value.size());
  const long begin = parsed[0] < 0 ? size + parsed[0] : parsed[0];
  if (count == 0 || begin < 0) return {};
  if (begin >= size) return {true, {}};
  long length = size - begin;
  if (count == 2) length = parsed[1] < 0 ? size - begin + parsed[1] : std::min(parsed[1], length);
  if (length <= 0) return {true, {}};
  return {true, value.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(length))};
}

// ${x/a/b}, ${x//a/b}: only where a is a text or a pattern for one character.
Analysing::Resolved Analysing::replaced(std::string_view value, std::string_view rest) {
  const bool all = rest.starts_with('/');
  if (all) rest.remove_prefix(1);
  std::size_t slash = 0;
  while (slash < rest.size() && rest[slash] != '/') slash += rest[slash] == '\\' ? 2U : 1U;
  slash = std::min(slash, rest.size());
  const std::string_view pattern = word_of(rest.substr(0, slash), false);
  const std::string_view by =
      slash < rest.size() ? word_of(rest.substr(slash + 1), false) : std::string_view();
  if (pattern.empty() || pattern.find('*') != kNone || value.size() > kMaxGlobBytes ||
      !charge(value.size())) {
    return {};
  }
  const bool one = has_glob(pattern);
  std::string out;
  bool done = false;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t length = one ? 1 : pattern.size();
    const std::string_view piece = value.substr(at, length);
    if (!(done && !all) && (one ? glob_matches(pattern, piece) : piece == pattern)) {
      if (out.size() > Variables::kMaxValueBytes) return {};
      out += by;
      done = true;
      at += length;
    } else {
      out += value[at++];
    }
  }
  return {true, keep(out)};
}

// The word behind an operator, as one text.
std::string_view Analysing::word_of(std::string_view text, bool quoted) {
  if (text.find_first_of("$`\\'\"~") == kNone) return text;
  const std::size_t depth = nesting_ + parameter_depth_;
  if (depth >= kMaxNesting || !charge(text.size() + kWordCost)) return text;
  Script& inner = new_script();
  parse_word(text, quoted ? syntax::Reading::kQuotedArgument : syntax::Reading::kArgument,
             static_cast<int>(depth), inner);
  if (inner.words.empty()) return {};
  ++parameter_depth_;
  const std::string_view value = single(inner, inner.words.front()).text;
  --parameter_depth_;
  return value;
}

}  // namespace decnet::shell
