// Patterns for command lines, as many as are asked for: those of the rule pack (rules/ttp of the
// current directory), then made-up ones of the same kinds.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace decnet::bench {

struct CommandPatterns {
  std::vector<std::string> patterns;
  std::vector<std::string> pieces;  // of texts that nearly match them
};

// The same ones every time.
CommandPatterns command_patterns(std::size_t count);

}  // namespace decnet::bench
