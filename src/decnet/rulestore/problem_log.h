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
  // `component` names who speaks: "ttp.store.filesystem".
  explicit ProblemLog(std::string_view component) : component_(component) {}

  // Everything that is broken now. What the last call did not have is logged: a rule that is lost
  // at ERROR the first time and at WARNING later, when its last good version stays in force; what
  // costs no rule at DEBUG. What was repaired and breaks again is logged again.
  void tell(const std::vector<rules::Problem>& problems);

 private:
  const std::string component_;
  bool is_first_ = true;
  std::set<std::string> told_;
};

}  // namespace decnet::rulestore
