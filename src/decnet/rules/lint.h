// Lint: what is probably not meant in a rule that loads: a key that is nearly one of ours and
// therefore ignored, a lifter kind that nobody knows, a source kind that its lifter does not judge,
// a pattern that matches everything. For authors; whoever runs rules is not told.
#pragma once

#include <string_view>
#include <vector>

#include "decnet/rules/definition.h"

namespace decnet::rules {

// `definition` is what read_definition() or read_draft() made of `yaml`. Warnings, by line.
std::vector<Problem> lint(std::string_view yaml, const Definition& definition);

}  // namespace decnet::rules
