// Base64 in running text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace decnet::mail {

// A run shorter than that is a word, an id or a path.
inline constexpr std::size_t kMinBase64Characters = 32;

// How many bytes the first run of base64 in `text` encodes that decodes strictly (a multiple of
// four characters, padding only at the end) and to at least `least` bytes; nothing when there is
// none. A run goes on across a line break after a line of 60 characters or more, as encoders wrap
// it. Nothing is decoded, and the time is linear.
std::optional<std::size_t> base64_bytes(std::string_view text, std::size_t least);

// How many bytes the largest such run encodes; 0 without one.
std::size_t largest_base64_run(std::string_view text);

}  // namespace decnet::mail
