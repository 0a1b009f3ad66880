// A rule file: any bytes are a rule or have an error, never both; every problem is one line for its
// author, and lies within the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/rules/reader.h"
#include "fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using decnet::rules::Problem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Problem> problems;
  const auto rule = decnet::rules::read_definition(text, "rule.yaml", problems);

  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  bool has_error = false;
  for (const Problem& problem : problems) {
    has_error = has_error || problem.severity == Problem::Severity::kError;
    DECNET_FUZZ_CHECK(problem.line >= 0 && problem.line <= lines);
    DECNET_FUZZ_CHECK(!problem.message.empty());
    const std::string shown = problem.text();
    DECNET_FUZZ_CHECK(shown.size() < 4096);
    DECNET_FUZZ_CHECK(decnet::printable(shown) == shown);
  }
  DECNET_FUZZ_CHECK(rule.has_value() != has_error);
  DECNET_FUZZ_CHECK(problems.size() <= 101);
  return 0;
}
