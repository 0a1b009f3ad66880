// Ways to write a command so that it does the same and looks like something else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::test {

struct Rewrite {
  const char* name;
  // Nothing where the way does not apply to the command.
  std::optional<std::string> (*apply)(std::string_view command);
};

const std::vector<Rewrite>& rewrites();

}  // namespace decnet::test
