#include "decnet/matching/pattern_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace decnet::matching {

PatternSet::PatternSet(std::vector<std::shared_ptr<const Pattern>> patterns)
    : patterns_(std::move(patterns)) {
  std::vector<Literals::Literal> literals;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const std::vector<std::string>& witnesses = patterns_[i]->witnesses();
    if (witnesses.empty()) always_.push_back(i);
    for (const std::string& witness : witnesses) literals.push_back({witness, i});
  }
  witnesses_ = Literals(literals);
}

Result<PatternSet> PatternSet::compile(std::span<const std::string> patterns) {
  std::vector<std::shared_ptr<const Pattern>> compiled;
  compiled.reserve(patterns.size());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    auto pattern = Pattern::compile(patterns[i]);
    if (!pattern) return fail(pattern.error().in(fmt::format("pattern {}", i)));
    compiled.push_back(*std::move(pattern));
  }
  return PatternSet(std::move(compiled));
}

void PatternSet::scan(std::string_view text, Scan& scan) const {
  scan.exhausted.clear();
  scan.matched = always_;
  witnesses_.scan(text, scan.matched);
  std::sort(scan.matched.begin(), scan.matched.end());
  std::erase_if(scan.matched, [&](std::size_t index) {
    const Pattern::Answer answer = patterns_[index]->search(text);
    if (answer == Pattern::Answer::kExhausted) scan.exhausted.push_back(index);
    return answer != Pattern::Answer::kFound;
  });
}

}  // namespace decnet::matching
