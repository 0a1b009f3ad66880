// What an ATT&CK release says about the ids of a rule's emits, for its author.
#pragma once

#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/rules/definition.h"

namespace decnet::rules {

// Appends to `problems`, as warnings: an id that is unknown, revoked (its successor is named) or
// deprecated, a tactic that is unknown. To `remarks`, what only a strict check objects to: a tactic
// that the technique does not list. Each message names the rule's id, if it has one.
void check_ids(const Definition& definition, const attack::Catalogue& catalogue,
               std::vector<Problem>& problems, std::vector<Problem>& remarks);

}  // namespace decnet::rules
