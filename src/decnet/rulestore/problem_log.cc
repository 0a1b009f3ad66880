#include "decnet/rulestore/problem_log.h"

#include <utility>

#include "decnet/base/log.h"

namespace decnet::rulestore {
namespace {

using Severity = rules::Problem::Severity;

}  // namespace

void ProblemLog::tell(const std::vector<rules::Problem>& problems) {
  const auto lost = std::exchange(is_first_, false) ? log::Level::kError : log::Level::kWarning;
  std::set<std::string> told;
  for (const rules::Problem& problem : problems) {
    const std::string text = problem.text();
    const bool is_new = told.insert(text).second && !told_.contains(text);
    if (is_new) {
      log::write(problem.severity == Severity::kError ? lost : log::Level::kDebug, component_,
                 text);
    }
  }
  told_ = std::move(told);
}

}  // namespace decnet::rulestore
