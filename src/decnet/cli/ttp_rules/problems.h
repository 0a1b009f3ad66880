// Problems of rule files as the commands of ttp-rules show them.
#pragma once

#include <span>
#include <string>

#include "decnet/base/json.h"
#include "decnet/cli/terminal.h"
#include "decnet/rules/definition.h"

namespace decnet::cli {

// "rules/ttp/R0014.yaml:7: error: …", the form that editors and CI systems find files by. One
// harmless line, without its end.
std::string problem_line(const rules::Problem& problem, const Terminal& terminal);

// {"path", "line", "severity", "message"}; line null when the file as a whole is meant.
Json as_json(const rules::Problem& problem);
Json as_json(std::span<const rules::Problem> problems);

// "1 error", "20 errors".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace decnet::cli
