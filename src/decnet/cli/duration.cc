#include "decnet/cli/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

using std::chrono::seconds;

std::optional<seconds> unit(char letter) {
  switch (letter) {
    case 's':
      return seconds(1);
    case 'm':
      return std::chrono::minutes(1);
    case 'h':
      return std::chrono::hours(1);
    case 'd':
      return std::chrono::days(1);
    case 'w':
      return std::chrono::weeks(1);
    default:
      return std::nullopt;
  }
}

std::optional<seconds> parsed(std::string_view text) {
  seconds total{0};
  while (!text.empty()) {
    if (text.front() < '0' || text.front() > '9') return std::nullopt;  // a sign is no number here
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (problem != std::errc() || text.empty()) return std::nullopt;
    const auto each = unit(text.front());
    if (!each || number > kLongestDuration / *each) return std::nullopt;
    total += *each * number;
    if (total > kLongestDuration) return std::nullopt;
    text.remove_prefix(1);
  }
  if (total == seconds(0)) return std::nullopt;
  return total;
}

}  // namespace

Result<seconds> parse_duration(std::string_view text) {
  if (const auto span = parsed(text)) return *span;
  return fail(ErrorCode::kInvalid,
              fmt::format("'{}' is no span of time: write 30m, 4h, 2d or 1h30m, at most {}d",
                          printable(utf8_prefix(text, 60)),
                          std::chrono::duration_cast<std::chrono::days>(kLongestDuration).count()));
}

}  // namespace decnet::cli
