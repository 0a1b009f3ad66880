// How many columns a text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace decnet::cli {

// Columns of valid UTF-8 without control characters: two for East Asian wide characters and
// emoji, none for combining marks, else one.
std::size_t display_width(std::string_view text);

// The text, or as much of it as fits into `columns` with an ellipsis as last character.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace decnet::cli
