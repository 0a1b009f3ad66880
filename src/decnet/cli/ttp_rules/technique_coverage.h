// Coverage: which ATT&CK techniques a pack of rules tags, and by which rules.
#pragma once

#include <string>
#include <vector>

#include "decnet/cli/ttp_rules/pack.h"

namespace decnet::cli {

struct CoveringRule {
  const rules::Rule* rule = nullptr;
  double confidence = 0.0;  // base, the highest of its emits of the technique
  bool active = true;       // false: it cannot fire (why_silent())
};

// One (tactic, technique) as tags are stored under the catalogue in use.
struct CoveredTechnique {
  std::string tactic;
  std::string technique;            // the most specific id
  std::vector<CoveringRule> rules;  // in the pack's order

  [[nodiscard]] std::size_t active_rules() const;
};

// In the order of the matrix, then by id; what the catalogue does not know comes last.
std::vector<CoveredTechnique> technique_coverage(const Pack& pack);

}  // namespace decnet::cli
