// Samples: holds a rule against the examples its author gave it, through the tagger that judges
// real events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/model/ids.h"
#include "decnet/rules/rule_set.h"
#include "decnet/tagging/tagger.h"

namespace decnet::tagging {

struct SampleVerdict {
  enum class Outcome : std::uint8_t {
    kAsWanted,
    kSilent,        // and should have fired
    kFired,         // and should not have
    kNotEvaluated,  // the pattern ran out of its budget: neither
    kNoField,       // a text, but the rule says for no kind which field it stands for
  };
  Outcome outcome = Outcome::kAsWanted;
  bool should_fire = true;
  std::size_t index = 0;         // in samples.fires or samples.silent
  const Json* sample = nullptr;  // lives as long as the rule
  int line = 0;
  std::string matched;         // what the pattern found where it fired; empty for a lifter's rule
  std::vector<RuleId> others;  // the other rules that fired, in the tagger's order
};

// One verdict a sample, those that should fire first. A text stands for the field that the rule
// searches, anything else is a whole payload. A rule for several kinds is to fire as one of them,
// and to be silent as any. `rule` is of the tagger's rules, and has a holder (lifters/holder.h).
std::vector<SampleVerdict> judge_samples(const rules::Rule& rule, const Tagger& tagger);

}  // namespace decnet::tagging
