// The small steps of reading configuration text.
#pragma once

#include <string>
#include <string_view>

namespace decnet::config {

// Without blanks, tabs and carriage returns at both ends.
std::string_view trimmed(std::string_view text);

// ASCII letters only; the rest stays.
std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);

// Takes the next line off `text` and returns it without its line feed.
std::string_view take_line(std::string_view& text);

// What editors on Windows put before the first line.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace decnet::config
