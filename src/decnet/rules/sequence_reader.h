// Reads what a sequence rule matches: `steps` and `within`.
#pragma once

#include <cstddef>

#include "decnet/rules/complaints.h"
#include "decnet/rules/definition.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {

inline constexpr std::size_t kMaxSteps = 8;

// Fills definition.steps and definition.within from the mapping `match`; complains of what is
// wrong. `before`: as read_definition().
void read_sequence(const YamlNode& match, const Definition* before, Definition& definition,
                   Complaints& complaints);

}  // namespace decnet::rules
