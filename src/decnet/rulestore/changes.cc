#include "decnet/rulestore/changes.h"

#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace decnet::rulestore {
namespace {

using Definition = rules::Definition;
using ById = std::unordered_map<std::string_view, const Definition*>;

ById by_id(const Contents& contents) {
  ById found;
  found.reserve(contents.definitions.size());
  for (const auto& definition : contents.definitions) {
    found.emplace(definition->id.text(), definition.get());
  }
  return found;
}

// Whether both say the same, wherever they say it: a comment above a rule moves its lines, and a
// file with another name is another path.
bool same_rule(const Definition& one, const Definition& other) {
  if (&one == &other) return true;
  const auto placeless = [](Definition definition) {
    definition.path.clear();
    definition.line = 0;
    definition.lines.clear();
    return definition;
  };
  return placeless(one) == placeless(other);
}

class Comparison {
 public:
  Comparison(const Contents& before, const Contents& now)
      : before_(before), now_(now), reverted_(now.reverted.begin(), now.reverted.end()) {}

  std::vector<Change> run() {
    const ById old_definitions = by_id(before_);
    const ById definitions = by_id(now_);
    for (const auto& old : before_.definitions) {
      if (!definitions.contains(old->id.text())) add(Change::Kind::kDeleted, old->id);
    }
    for (const auto& definition : now_.definitions) {
      const auto old = old_definitions.find(definition->id.text());
      if (old == old_definitions.end() || !same_rule(*old->second, *definition)) {
        add(Change::Kind::kDefinition, definition->id).definition = definition;
      }
      compare_state(definition->id);
    }
    for (const RuleId& rule : with_state()) {
      if (!definitions.contains(rule.text())) compare_state(rule);
    }
    return std::move(changes_);
  }

 private:
  Change& add(Change::Kind kind, const RuleId& rule) {
    Change& change = changes_.emplace_back();
    change.kind = kind;
    change.rule = rule;
    return change;
  }

  // Rules that have or had a state.
  [[nodiscard]] std::set<RuleId> with_state() const {
    std::set<RuleId> rules(now_.reverted.begin(), now_.reverted.end());
    for (const auto& [rule, state] : before_.states) rules.insert(rule);
    for (const auto& [rule, state] : now_.states) rules.insert(rule);
    return rules;
  }

  void compare_state(const RuleId& rule) {
    const auto old = before_.states.find(rule);
    const auto state = now_.states.find(rule);
    std::optional<rules::State> until_now;
    if (old != before_.states.end()) until_now = old->second;
    const bool reverted = reverted_.contains(rule);
    if (reverted) {
      add_state(Change::Kind::kAutoRevert, rule, rules::State(), std::exchange(until_now, {}));
    }
    if (state != now_.states.end()) {
      if (reverted || until_now != state->second) {
        add_state(Change::Kind::kState, rule, state->second, std::move(until_now));
      }
    } else if (until_now) {
      add_state(Change::Kind::kState, rule, rules::State(), std::move(until_now));
    }
  }

  void add_state(Change::Kind kind, const RuleId& rule, rules::State now,
                 std::optional<rules::State> before) {
    Change& change = add(kind, rule);
    change.state = std::move(now);
    change.state_before = std::move(before);
  }

  const Contents& before_;
  const Contents& now_;
  const std::unordered_set<RuleId> reverted_;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> changes(const Contents& before, const Contents& now) {
  return Comparison(before, now).run();
}

}  // namespace decnet::rulestore
