// RuleStore: where rule definitions and states live: a directory or the database. A store is always
// asked for everything it has; what changed is found by comparing (changes.h), so that no kind of
// change can be missed, and both stores look the same from outside.
//
// Threads: one; wake() from any.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/rules/definition.h"
#include "decnet/rules/state.h"

namespace decnet::rulestore {

struct Contents {
  // Ids unique, in the store's order. What did not change is the same object as the last time. A
  // document that is broken now is here as it was when it last loaded, unless its rule is to be had
  // from another one.
  std::vector<std::shared_ptr<const rules::Definition>> definitions;
  std::vector<std::shared_ptr<const std::string>> documents;  // the whole text of each, in order
  rules::States states;                                       // expired ones are left out
  std::vector<RuleId> reverted;          // whose state expired since the last load: told once
  std::vector<rules::Problem> problems;  // of everything that is broken now
  // False when there may be rules that are not here: a document that never loaded, a directory that
  // is absent or cannot be read. What is missing is not known to be deleted then.
  bool complete = true;
};

class RuleStore {
 public:
  virtual ~RuleStore() = default;

  // Everything. A document that cannot be read costs itself, and so does a state: it counts as
  // none. The first call also begins to watch: what changes afterwards is seen by a later one.
  // Expired states are removed from the store. A document that is blank is broken in the first
  // call, and ignored until it has content in later ones: somebody is about to write it. Errors:
  // kUnavailable when the store as a whole does not answer; what was known stays valid.
  virtual Result<Contents> load() = 0;

  // The next load() trusts no watch and no mark of what changed: it looks at everything.
  virtual void doubt() = 0;

  // Waits until a load() may find something new, at most so long; false when nothing happened.
  // Wakes up for an expiry at its time.
  virtual bool wait(std::chrono::milliseconds time) = 0;
  // Ends the wait() under way, or else the next one.
  virtual void wake() = 0;

  // Stores the state, stamped with now; the rule need not exist. In force in every process on this
  // store within two seconds.
  // Errors: kInvalid for a state that makes no sense (check_state()); kUnavailable when it cannot
  // be stored. Nothing was stored then.
  virtual Result<void> set_state(const RuleId& rule, rules::State state) = 0;
  // Back to no state at all, also when what is stored cannot be read; false when there was none.
  virtual Result<bool> reset_state(const RuleId& rule) = 0;
};

}  // namespace decnet::rulestore
