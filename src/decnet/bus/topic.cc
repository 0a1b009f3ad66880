#include "decnet/bus/topic.h"

#include <algorithm>

namespace decnet::bus {
namespace {

// Takes the first token off `rest`; false when there is none left.
bool take_token(std::string_view& rest, bool& more, std::string_view& token) {
  if (!more) return false;
  const auto dot = rest.find('.');
  token = rest.substr(0, dot);
  more = dot != std::string_view::npos;
  rest = more ? rest.substr(dot + 1) : std::string_view();
  return true;
}

template <typename Accepts>
bool all_tokens(std::string_view text, Accepts accepts) {
  bool more = true;
  std::string_view token;
  while (take_token(text, more, token)) {
    if (!accepts(token)) return false;
  }
  return true;
}

}  // namespace

bool topic_matches(std::string_view pattern, std::string_view topic) {
  bool more_pattern = true;
  bool more_topic = true;
  std::string_view wanted;
  std::string_view token;
  while (take_token(pattern, more_pattern, wanted)) {
    if (!take_token(topic, more_topic, token)) return false;
    if (wanted == ">") return true;
    if (wanted == "*" ? token.empty() : wanted != token) return false;
  }
  return !more_topic;
}

bool is_token(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '.' && c != '*' && c != '>';
  });
}

bool is_topic(std::string_view topic) { return all_tokens(topic, is_token); }

bool is_pattern(std::string_view pattern) {
  return all_tokens(pattern, [](std::string_view token) {
    return token == "*" || token == ">" || is_token(token);
  });
}

}  // namespace decnet::bus
