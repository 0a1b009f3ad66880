#include "decnet/mail/base64_run.h"

#include <algorithm>

namespace decnet::mail {
namespace {

constexpr std::size_t kMinWrappedLine = 60;

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

// Takes the next run off `text` and returns the bytes it encodes, 0 when it does not decode;
// nothing at the end.
std::optional<std::size_t> take_run(std::string_view& text) {
  std::size_t at = 0;
  while (at < text.size() && !is_base64(text[at])) ++at;
  if (at == text.size()) return std::nullopt;
  std::size_t characters = 0;
  for (std::size_t line = 0; at < text.size();) {
    if (is_base64(text[at])) {
      ++characters;
      ++line;
      ++at;
      continue;
    }
    const std::size_t feed = text[at] == '\r' ? at + 1 : at;
    const bool wrapped = line >= kMinWrappedLine && feed + 1 < text.size() && text[feed] == '\n' &&
                         is_base64(text[feed + 1]);
    if (!wrapped) break;
    at = feed + 1;
    line = 0;
  }
  std::size_t padding = 0;
  for (; at < text.size() && text[at] == '=' && padding < 3; ++at) ++padding;
  text.remove_prefix(at);
  const std::size_t whole = characters + padding;
  if (characters < kMinBase64Characters || padding > 2 || whole % 4 != 0) return 0;
  return whole / 4 * 3 - padding;
}

}  // namespace

std::optional<std::size_t> base64_bytes(std::string_view text, std::size_t least) {
  while (const auto bytes = take_run(text)) {
    if (*bytes > 0 && *bytes >= least) return *bytes;
  }
  return std::nullopt;
}

std::size_t largest_base64_run(std::string_view text) {
  std::size_t largest = 0;
  while (const auto bytes = take_run(text)) largest = std::max(largest, *bytes);
  return largest;
}

}  // namespace decnet::mail
