// Patterns of file names: *, ?, […].
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace decnet::shell {

// Longer texts and patterns match nothing: what they cost is their product.
inline constexpr std::size_t kMaxGlobBytes = 1024;

// Whether the whole of `text` matches. `paths`: neither * nor ? nor a set matches a slash.
bool glob_matches(std::string_view pattern, std::string_view text, bool paths = false);

bool has_glob(std::string_view text);

// The one program, or the one file that attackers want, which a path written with a pattern stands
// for on most systems: "/bin/c?t", "/etc/sh*w". Nothing when it could be several or is not known.
std::optional<std::string_view> known_program(std::string_view pattern);
std::optional<std::string_view> known_file(std::string_view pattern);

}  // namespace decnet::shell
