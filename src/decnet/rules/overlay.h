// Overlay: operators' states laid over the rules of one set, so that a rule's state is found
// without a look-up. Neither changes by it.
//
// Cost:    without states, or with none that counts for a rule of the set: one test a rule.
// Threads: immutable; any number.
#pragma once

#include <vector>

#include "decnet/rules/rule_set.h"
#include "decnet/rules/state.h"

namespace decnet::rules {

class Overlay {
 public:
  Overlay() = default;  // no states
  // States of rules that are not in the set are kept, for another set.
  Overlay(const RuleSet& rules, States states);
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  Overlay(Overlay&&) = default;
  Overlay& operator=(Overlay&&) = default;

  // As they were given.
  [[nodiscard]] const States& states() const { return states_; }

  // What counts for a rule of that set; null when nothing does. It may have expired.
  [[nodiscard]] const State* state(const Rule& rule) const {
    return by_position_.empty() ? nullptr : by_position_[rule.position];
  }
  // Whether the rule may not fire now.
  [[nodiscard]] bool silences(const Rule& rule, UtcTime now) const {
    const State* counts = state(rule);
    return counts != nullptr && counts->kind == State::Kind::kDisabled && !counts->expired(now);
  }

 private:
  States states_;
  std::vector<const State*> by_position_;  // into states_; empty when all would be null
};

}  // namespace decnet::rules
