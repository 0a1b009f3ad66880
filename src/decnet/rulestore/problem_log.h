// ProblemLog: writes the problems of a store to the log, each once for as long as it lasts.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/rules/definition.h"

namespace decnet::rulestore {

class ProblemLog {
 public:
  // How many warnings one call logs at WARNING: rules of an old release have many, and the first
  // ones say enough. The others are logged at DEBUG.
  static constexpr std::size_t kMaxWarnings = 10;

  // Whom it concerns that something is odd and costs no rule: a file's author, or everyone.
  enum class Warnings { kForAuthors, kForEveryone };

  // `component` names who speaks: "ttp.store.filesystem".
  explicit ProblemLog(std::string_view component, Warnings warnings = Warnings::kForAuthors)
      : component_(component), warnings_(warnings) {}

  // Everything that is broken now. What the last call did not have is logged: a rule that is lost
  // at ERROR the first time and at WARNING later, when its last good version stays in force; what
  // costs no rule at DEBUG, or at WARNING where it is for everyone. What was repaired and breaks
  // again is logged again.
  void tell(const std::vector<rules::Problem>& problems);

 private:
  const std::string component_;
  const Warnings warnings_;
  bool is_first_ = true;
  std::set<std::string> told_;
};

}  // namespace decnet::rulestore
