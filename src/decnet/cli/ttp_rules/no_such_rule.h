// What to say of an id that is no rule.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/rules/definition.h"

namespace decnet::cli {

// "there is no rule 'R0041' in rules/ttp; did you mean R0014?", or why it does not load. One
// sentence, made harmless by whoever prints it.
std::string no_such_rule(std::string_view id, const std::vector<std::string_view>& known,
                         std::span<const rules::Problem> problems, std::string_view origin);

}  // namespace decnet::cli
