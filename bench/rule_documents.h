// Rule files, as many as are asked for: those of the rule pack (rules/ttp of the current
// directory), then made-up ones: nine in ten search commands, the others web requests, and one in
// fifty needs what only PCRE2 understands.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace decnet::bench {

// The same ones every time; ids differ.
std::vector<std::string> rule_documents(std::size_t count);

}  // namespace decnet::bench
