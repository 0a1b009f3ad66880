// The lifter kinds this release knows by name, for messages, completion and the schema of rule
// files. A rule may name others: it loads, and never fires.
#pragma once

#include <span>
#include <string_view>

namespace decnet::rules {

// "lifter:behavioral_beaconing", …, in ascending order.
std::span<const std::string_view> match_kinds();

bool is_match_kind(std::string_view kind);

}  // namespace decnet::rules
