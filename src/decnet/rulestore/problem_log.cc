#include "decnet/rulestore/problem_log.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/base/log.h"

namespace decnet::rulestore {
namespace {

using Severity = rules::Problem::Severity;

}  // namespace

void ProblemLog::tell(const std::vector<rules::Problem>& problems) {
  const auto lost = std::exchange(is_first_, false) ? log::Level::kError : log::Level::kWarning;
  std::set<std::string> told;
  std::size_t warnings = 0;
  for (const rules::Problem& problem : problems) {
    const std::string text = problem.text();
    if (!told.insert(text).second || told_.contains(text)) continue;
    if (problem.severity == Severity::kError) {
      log::write(lost, component_, text);
    } else if (warnings_ == Warnings::kForEveryone && ++warnings <= kMaxWarnings) {
      log::warning(component_, text);
    } else {
      log::debug(component_, text);
    }
  }
  if (warnings > kMaxWarnings) {
    log::warning(component_, fmt::format("and {} more warnings of that sort (DECNET_DEVELOPER="
                                         "true logs them)",
                                         warnings - kMaxWarnings));
  }
  told_ = std::move(told);
}

}  // namespace decnet::rulestore
