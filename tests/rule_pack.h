// The rules this repository ships, for tests and benchmarks of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/model/event.h"
#include "decnet/rules/rule_set.h"

namespace decnet::test {

struct RulePack {
  std::shared_ptr<const rules::RuleSet> rules;
  std::vector<rules::Problem> problems;  // of reading and compiling, if any
};

// rules/ttp of this repository, read and compiled once, under the built-in catalogue.
const RulePack& shipped_pack();

// The shipped pattern rules that apply to a source kind, in rule order.
std::vector<const rules::Rule*> shipped_pattern_rules(std::string_view source_kind);

// The event a sample of the rule stands for: a text is the value of the field the rule searches, a
// mapping the whole payload.
Event sample_event(const rules::Rule& rule, const Json& sample);

// The positive samples of a pattern rule that are texts.
std::vector<std::string> positive_texts(const rules::Rule& rule);

}  // namespace decnet::test
