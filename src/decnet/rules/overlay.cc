#include "decnet/rules/overlay.h"

#include <utility>

namespace decnet::rules {

Overlay::Overlay(const RuleSet& rules, States states) : states_(std::move(states)) {
  for (const auto& [id, state] : states_) {
    if (state.kind == State::Kind::kEnabled) continue;
    const Rule* rule = rules.find(id);
    if (rule == nullptr) continue;
    by_position_.resize(rules.rules().size());
    by_position_[rule->position] = &state;
  }
}

}  // namespace decnet::rules
