// Reads the examples that a rule carries under `tests`.
#pragma once

#include "decnet/rules/complaints.h"
#include "decnet/rules/definition.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {

// Fills definition.samples and its lines; the rest of the definition is read already. Other
// people's files may have a `tests` of another shape: what is not understood costs a warning, never
// the rule.
void read_samples(const YamlNode::Entry& tests, Definition& definition, Complaints& complaints);

}  // namespace decnet::rules
