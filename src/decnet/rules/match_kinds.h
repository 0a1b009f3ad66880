// The lifter kinds this release knows by name, for messages, completion and the schema of rule
// files. A rule may name others: it loads, and never fires.
#pragma once

#include <span>
#include <string_view>

#include "decnet/model/event.h"

namespace decnet::rules {

// "lifter:behavioral_beaconing", …, in ascending order.
std::span<const std::string_view> match_kinds();

bool is_match_kind(std::string_view kind);

// The parameter of that kind which is a list of patterns to search, "paths"; empty when it has
// none. Its entries are compiled with the rule (parameter_patterns.h).
std::string_view pattern_parameter(std::string_view kind);

// The source kinds that the lifter of that name (a lifter_owner()) judges: its rules never fire on
// others. Empty when there is no such lifter.
std::span<const SourceKind> judged_kinds(std::string_view owner);

}  // namespace decnet::rules
