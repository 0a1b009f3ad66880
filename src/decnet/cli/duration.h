// Spans of time as people write them.
#pragma once

#include <chrono>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::cli {

inline constexpr std::chrono::seconds kLongestDuration = std::chrono::days(3650);

// "90s", "30m", "4h", "2d", "1w" and, one after another, "1h30m": whole numbers, more than nothing
// together and at most kLongestDuration. Errors: kInvalid, saying how to write it.
Result<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace decnet::cli
