// A layer file of the ATT&CK Navigator (https://github.com/mitre-attack/attack-navigator, layer
// format 4.5) that shows what a pack of rules covers.
#pragma once

#include <span>

#include "decnet/base/json.h"
#include "decnet/cli/ttp_rules/technique_coverage.h"

namespace decnet::cli {

struct NavigatorLayer {
  Json layer;
  std::size_t techniques = 0;
  std::vector<std::string> left_out;  // ids that are not of the Enterprise matrix
};

// The score of a technique is the number of rules that tag it and can fire; its comment names them
// all. A technique of which only rules that cannot fire remain is greyed out.
NavigatorLayer navigator_layer(std::span<const CoveredTechnique> coverage, const Pack& pack);

}  // namespace decnet::cli
