// PatternSet: any pattern is taken or refused, and what scan() reports is what each pattern finds
// when it is asked alone. An input is patterns, one a line, then an empty line, then the text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/matching/pattern_set.h"
#include "fuzz/check.h"

namespace {

using decnet::matching::PatternSet;

constexpr std::size_t kMaxPatterns = 8;

bool among(const std::vector<std::size_t>& indexes, std::size_t index) {
  return std::find(indexes.begin(), indexes.end(), index) != indexes.end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> patterns;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string pattern(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    if (pattern.empty()) break;
    const auto compiled = decnet::matching::Pattern::compile(pattern);
    if (compiled) {
      if (patterns.size() < kMaxPatterns) patterns.push_back(pattern);
      continue;
    }
    const std::string& problem = compiled.error().message;
    DECNET_FUZZ_CHECK(!problem.empty() && decnet::printable(problem) == problem);
  }

  const auto set = PatternSet::compile(patterns);
  DECNET_FUZZ_CHECK(set.has_value());
  decnet::matching::EvaluatedText evaluated;
  decnet::matching::evaluated_text(input, evaluated);
  DECNET_FUZZ_CHECK(decnet::is_valid_utf8(evaluated.text));

  decnet::matching::Scan scan;
  set->scan(evaluated.text, scan);
  DECNET_FUZZ_CHECK(std::is_sorted(scan.matched.begin(), scan.matched.end()));
  DECNET_FUZZ_CHECK(scan.places.size() == scan.matched.size());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto answer = set->patterns()[i]->search(evaluated.text);
    const auto at = std::find(scan.matched.begin(), scan.matched.end(), i);
    const bool is_found = answer.outcome == decnet::matching::Pattern::Outcome::kFound;
    DECNET_FUZZ_CHECK(is_found == (at != scan.matched.end()));
    DECNET_FUZZ_CHECK(!(is_found && among(scan.exhausted, i)));
    if (!is_found) continue;
    const auto where = scan.places[static_cast<std::size_t>(at - scan.matched.begin())];
    DECNET_FUZZ_CHECK(where == answer.where);
    DECNET_FUZZ_CHECK(where.begin <= where.end && where.end <= evaluated.text.size());
  }
  return 0;
}
