// Any bytes as a rule file: a rule or an error, never both, and every problem one line that lies
// within the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/rules/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<decnet::rules::Problem> problems;
  const auto rule = decnet::rules::read_definition(text, "fuzz.yaml", problems);
  bool has_error = false;
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const decnet::rules::Problem& problem : problems) {
    has_error = has_error || problem.severity == decnet::rules::Problem::Severity::kError;
    if (problem.line < 0 || problem.line > lines || problem.message.empty()) std::abort();
    const std::string shown = problem.text();
    if (decnet::printable(shown) != shown || shown.size() > 4096) std::abort();
  }
  if (rule.has_value() == has_error) std::abort();
  return 0;
}
