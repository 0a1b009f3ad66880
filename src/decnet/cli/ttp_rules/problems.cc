#include "decnet/cli/ttp_rules/problems.h"

#include <fmt/format.h>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

bool is_error(const rules::Problem& problem) {
  return problem.severity == rules::Problem::Severity::kError;
}

}  // namespace

std::string problem_line(const rules::Problem& problem, const Terminal& terminal) {
  std::string where = printable(problem.path.string());
  if (problem.line > 0) where += fmt::format(":{}", problem.line);
  const auto word = is_error(problem) ? terminal.styled(Style::kRed, "error")
                                      : terminal.styled(Style::kYellow, "warning");
  return fmt::format("{}: {}: {}", terminal.styled(Style::kBold, where), word,
                     printable(problem.message));
}

Json as_json(const rules::Problem& problem) {
  return Json::object({{"path", to_valid_utf8(problem.path.string())},
                       {"line", problem.line > 0 ? Json(problem.line) : Json()},
                       {"severity", is_error(problem) ? "error" : "warning"},
                       {"message", to_valid_utf8(problem.message)}});
}

Json as_json(std::span<const rules::Problem> problems) {
  Json::Array all;
  for (const auto& problem : problems) all.push_back(as_json(problem));
  return all;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace decnet::cli
