#include "decnet/matching/pattern_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace decnet::matching {

PatternSet::PatternSet(std::vector<std::shared_ptr<const Pattern>> patterns)
    : patterns_(std::move(patterns)) {
  std::vector<Literals::Literal> literals;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const std::vector<Need>& needs = patterns_[i]->needs();
    needs_.push_back(static_cast<std::uint8_t>(needs.size()));
    if (needs.empty()) always_.push_back(i);
    for (const Need& need : needs) {
      for (const Witness& witness : need) {
        literals.push_back({witness.text, pattern_of_.size(), witness.before, witness.after});
      }
      pattern_of_.push_back(i);
    }
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
  thread_local std::vector<std::size_t> met;      // needs; keeps its allocation between texts
  thread_local std::vector<std::uint8_t> met_of;  // how many of each pattern; all 0 between texts
  scan.exhausted.clear();
  scan.places.clear();
  scan.matched = always_;
  met.clear();
  witnesses_.scan(text, met);
  if (met_of.size() < patterns_.size()) met_of.resize(patterns_.size());
  for (const std::size_t need : met) {
    const std::size_t pattern = pattern_of_[need];
    if (++met_of[pattern] == needs_[pattern]) scan.matched.push_back(pattern);
  }
  for (const std::size_t need : met) met_of[pattern_of_[need]] = 0;
  std::sort(scan.matched.begin(), scan.matched.end());
  std::erase_if(scan.matched, [&](std::size_t index) {
    if (index < scan.passed_over.size() && scan.passed_over[index]) return true;
    const Pattern::Answer answer = patterns_[index]->search(text);
    if (answer.outcome == Pattern::Outcome::kExhausted) scan.exhausted.push_back(index);
    if (answer.outcome != Pattern::Outcome::kFound) return true;
    scan.places.push_back(answer.where);
    return false;
  });
}

}  // namespace decnet::matching
