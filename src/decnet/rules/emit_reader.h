// Reads what a rule emits: a list of techniques, each with its tactic and confidence.
#pragma once

#include "decnet/rules/complaints.h"
#include "decnet/rules/definition.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {

// Fills definition.emits with the elements that are right, and its lines. The definition has its
// id, which the complaints name.
void read_emits(const YamlNode::Entry& emits, Definition& definition, Complaints& complaints);

}  // namespace decnet::rules
