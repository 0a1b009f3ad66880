// Words that were probably meant, for messages.
#pragma once

#include <string_view>

namespace decnet::rules {

// Whether `written` looks like a slip for `meant`: at most two letters added, left out, changed or
// swapped with their neighbour, and fewer than half of them. False when they are equal.
bool is_close(std::string_view written, std::string_view meant);

}  // namespace decnet::rules
