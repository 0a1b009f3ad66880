// The part of a text that patterns see: bounded, valid UTF-8, without its final line feed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace decnet::matching {

// All of a text up to 64 KiB, else its first 48 and last 16 KiB with a line feed between them, cut
// between characters. One final line feed is taken off first, so that `$` means the end. Bytes that
// are no UTF-8 are replaced by U+FFFD (a text of nothing else grows threefold by that). NUL bytes
// are characters like any other.
struct EvaluatedText {
  std::string_view text;   // into the original, or into `storage`
  std::string storage;     // used when the original had to be changed
  bool truncated = false;  // the middle was left out
};
inline constexpr std::size_t kMaxEvaluatedBytes = std::size_t{64} << 10;
inline constexpr std::size_t kHeadBytes = std::size_t{48} << 10;

// The result refers to `text` and to itself: do not copy or move it. Nothing is copied when nothing
// has to be changed; a line feed taken off is no change.
void evaluated_text(std::string_view text, EvaluatedText& out);

}  // namespace decnet::matching
