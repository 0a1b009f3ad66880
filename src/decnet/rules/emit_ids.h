// What an ATT&CK release says about the ids of one emit, for the author of the rule.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/rules/definition.h"

namespace decnet::rules {

struct IdFlaw {
  std::string_view key;  // of the emit: "technique_id", "sub_technique_id", "tactic"
  std::string message;
  bool strict = false;  // only a strict check objects: the technique does not list the tactic
};

// An id that is unknown, revoked (its successor is named) or deprecated; a tactic that is unknown
// or not among those of the technique. `placement` is where the catalogue places the emit.
std::vector<IdFlaw> id_flaws(const Emit& emit, const attack::Placement& placement,
                             const attack::Catalogue& catalogue);

}  // namespace decnet::rules
