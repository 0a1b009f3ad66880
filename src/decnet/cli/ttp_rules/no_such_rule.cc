#include "decnet/cli/ttp_rules/no_such_rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "decnet/rules/spelling.h"

namespace decnet::cli {

std::string no_such_rule(std::string_view id, const std::vector<std::string_view>& known,
                         std::span<const rules::Problem> problems, std::string_view origin) {
  constexpr std::size_t kMaxSuggestions = 3;
  for (const auto& problem : problems) {  // its file may be the broken one
    if (problem.severity == rules::Problem::Severity::kError && problem.path.stem() == id) {
      return fmt::format("'{}' does not load: {}", id, problem.text());
    }
  }
  std::vector<std::string_view> close;
  for (const auto other : known) {
    if (close.size() < kMaxSuggestions && rules::is_close(id, other)) close.push_back(other);
  }
  return close.empty() ? fmt::format("there is no rule '{}' in {}", id, origin)
                       : fmt::format("there is no rule '{}' in {}; did you mean {}?", id, origin,
                                     fmt::join(close, " or "));
}

}  // namespace decnet::cli
