// Lifter: a pure function from an event to tags, over a snapshot of the rules. One file each; the
// list of them is in registry.cc.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/lifters/evidence.h"
#include "decnet/lifters/knowledge.h"
#include "decnet/model/event.h"
#include "decnet/model/suppressed.h"
#include "decnet/model/tag.h"
#include "decnet/rules/overlay.h"
#include "decnet/rules/rule_set.h"

namespace decnet::lifters {

// What a lifter is given and where its tags go.
struct Lifting {
  const Event& event;  // has an anchor
  const rules::RuleSet& rules;
  UtcTime now;                                    // created_at of the tags
  std::vector<Tag>& tags;                         // appended to
  DroppedKeys& dropped;                           // told of evidence that the kind may not keep
  const rules::Overlay* states = nullptr;         // laid over `rules`; null when there are none
  std::vector<Suppressed>* suppressed = nullptr;  // told of what states withhold; null: nobody asks
  const Knowledge& known = Knowledge::built_in();

  // One tag per emit of `rule`, anchored as the event, each with its own copy of `evidence`, less
  // the keys that the event's kind may not keep. What a state of the rule leaves of the confidence
  // counts; a disabled rule gives no tag.
  void fire(const rules::Rule& rule, Json evidence) const;

  // The tag of one emit alone, with its confidence times `factor`, which cannot raise it. The
  // ceiling of a state counts after that.
  void fire_emit(const rules::Rule& rule, std::size_t emit, Json evidence,
                 double factor = 1.0) const;

  // Instead of firing a rule that matched while a state silences it.
  void withhold(const rules::Rule& rule) const;

 private:
  void add(const rules::Rule& rule, std::size_t emit, Json evidence, double factor) const;
  void withhold(const rules::Rule& rule, std::size_t emit) const;
  [[nodiscard]] bool silenced(const rules::Rule& rule) const {
    return states != nullptr && states->silences(rule, now);
  }
};

struct Lifter {
  std::string_view name;                 // in logs: "rule_engine", "canary_fingerprint", …
  std::span<const SourceKind> kinds;     // the ones it claims; it sees no others
  void (*lift)(const Lifting& lifting);  // may throw: the tagger isolates it
};

// Every lifter, in the order its tags are reported.
std::span<const Lifter> registry();

}  // namespace decnet::lifters
