// Broken: what a heartbeat tells of problems: how many cost something, and the first ones.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "decnet/rules/definition.h"

namespace decnet::rulestore {

struct Broken {
  static constexpr std::size_t kMaxTexts = 10;
  static constexpr std::size_t kMaxTextBytes = 300;

  std::size_t count = 0;           // a rule, the newest version of one, or a state each
  std::vector<std::string> texts;  // "file:line: problem", at most kMaxTexts

  void add(const Broken& more);
};

// Of everything that is wrong, what costs something.
Broken broken(const std::vector<rules::Problem>& problems);

}  // namespace decnet::rulestore
