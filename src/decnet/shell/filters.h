// Filters: what programs write that only transform what they read or were given: echo, printf,
// base64 -d, xxd -r, openssl enc -d, rev, tr, gunzip, cat … Nothing is executed.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace decnet::shell {

// Bytes on their way through a pipe, as far as they can be told.
struct Stream {
  bool known = false;
  std::string bytes;
  std::string encodings;  // undone so far, the first one first: "base64 gzip"
  std::size_t depth = 0;  // their number

  // What was encoded that often is not followed any further.
  static constexpr std::size_t kMaxEncodings = 8;

  void undo(std::string_view encoding) {
    if (!encodings.empty()) encodings += ' ';
    encodings += encoding;
    if (++depth > kMaxEncodings) *this = {};
  }
};

// More is not followed through a pipe.
inline constexpr std::size_t kMaxStreamBytes = std::size_t{64} << 10;

// The programs that output() knows.
std::span<const std::string_view> filter_names();

// What `words`, a command with its arguments, writes when it reads `in`.
Stream output(std::span<const std::string_view> words, const Stream& in);

// What printf makes of its format and arguments; `hides` is set when a character was written by its
// number that could have been typed.
std::string formatted(std::span<const std::string_view> arguments, bool& hides);

}  // namespace decnet::shell
