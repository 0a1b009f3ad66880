// Changes: what differs between two loads of a rule store, one change a rule and never batched.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "decnet/rulestore/rule_store.h"

namespace decnet::rulestore {

struct Change {
  enum class Kind {
    kDefinition,  // added or changed: `definition` says to what
    kDeleted,
    kState,       // set, also when set back to none by hand: `state` is the new one
    kAutoRevert,  // a state's time is over
  };
  Kind kind = Kind::kDefinition;
  RuleId rule;
  std::shared_ptr<const rules::Definition> definition;
  std::optional<rules::State> state;  // of the last two; none at all is a default State
  // Of the last two: what counted until now, if anything did.
  std::optional<rules::State> state_before;
};

// Deletions first, then in rule order of `now`, each rule's definition before its state; states of
// rules that do not exist come last. Definitions are compared by what they say: a document that was
// saved again as it was, moved to another file or given a comment is no change.
std::vector<Change> changes(const Contents& before, const Contents& now);

}  // namespace decnet::rulestore
