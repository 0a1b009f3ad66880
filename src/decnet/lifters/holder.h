// Who evaluates a rule: the other half of the registry, seen from the rule's side.
#pragma once

#include <span>

#include "decnet/lifters/lifter.h"
#include "decnet/rules/definition.h"

namespace decnet::lifters {

// The lifter that holds the rule and claims a kind it applies to; null when there is none in this
// program, and no event can make the rule fire.
const Lifter* holder(const rules::Definition& rule, std::span<const Lifter> lifters = registry());

}  // namespace decnet::lifters
