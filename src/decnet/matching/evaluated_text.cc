#include "decnet/matching/evaluated_text.h"

#include <cstdint>
#include <cstring>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

// Almost every text is ASCII throughout, and that is seen eight bytes at a time.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

bool is_valid(std::string_view text) { return is_valid_utf8(text.substr(ascii_prefix(text))); }

}  // namespace

void evaluated_text(std::string_view text, EvaluatedText& out) {
  out.storage.clear();
  if (text.ends_with('\n')) text.remove_suffix(1);
  out.truncated = text.size() > kMaxEvaluatedBytes;
  if (!out.truncated) {
    if (!is_valid(text)) {
      out.storage = to_valid_utf8(text);
      text = out.storage;
    }
    out.text = text;
    return;
  }
  const std::string_view head = utf8_prefix(text, kHeadBytes);
  const std::string_view tail = utf8_suffix(text, kMaxEvaluatedBytes - kHeadBytes);
  for (const std::string_view part : {head, std::string_view("\n"), tail}) {
    if (is_valid(part)) {
      out.storage += part;
    } else {
      out.storage += to_valid_utf8(part);
    }
  }
  out.text = out.storage;
}

}  // namespace decnet::matching
