#include "decnet/matching/pattern_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "decnet/matching/expression.h"
#include "decnet/matching/literals.h"
#include "decnet/matching/pcre2_search.h"
#include "decnet/matching/re2_search.h"

namespace decnet::matching {
namespace {

struct Pattern {
  Re2Search linear;                         // decides, unless …
  std::optional<Pcre2Search> backtracking;  // … there is this, for texts that `linear` lets pass
};

Result<Pattern> compiled(const std::string& pattern) {
  if (pattern.size() > PatternSet::kMaxPatternBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("too large: {} bytes, at most {} are taken",
                                                 pattern.size(), PatternSet::kMaxPatternBytes));
  }
  DECNET_TRY(const Expression expression, read_expression(pattern));
  DECNET_TRY(Re2Search linear, Re2Search::compile(expression.witness));
  if (!expression.backtracks) return Pattern{std::move(linear), {}};
  DECNET_TRY(Pcre2Search backtracking, Pcre2Search::compile(expression.exact));
  return Pattern{std::move(linear), std::move(backtracking)};
}

}  // namespace

struct PatternSet::Impl {
  std::vector<Pattern> patterns;
  Literals witnesses;               // ids are indexes of patterns
  std::vector<std::size_t> always;  // patterns without witnesses
};

PatternSet::PatternSet() : impl_(std::make_unique<Impl>()) {}
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;

std::optional<std::string> PatternSet::check(const std::string& pattern) {
  const auto result = compiled(pattern);
  if (result) return std::nullopt;
  return result.error().message;
}

Result<PatternSet> PatternSet::compile(std::span<const std::string> patterns) {
  PatternSet result;
  Impl& impl = *result.impl_;
  std::vector<Literals::Literal> literals;
  impl.patterns.reserve(patterns.size());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    auto pattern = compiled(patterns[i]);
    if (!pattern) return fail(pattern.error().in(fmt::format("pattern {}", i)));
    std::vector<std::string> witnesses = pattern->linear.witnesses();
    if (witnesses.empty()) impl.always.push_back(i);
    for (std::string& witness : witnesses) literals.push_back({std::move(witness), i});
    impl.patterns.push_back(*std::move(pattern));
  }
  impl.witnesses = Literals(literals);
  return result;
}

void PatternSet::scan(std::string_view text, Scan& scan) const {
  scan.exhausted.clear();
  scan.matched = impl_->always;
  impl_->witnesses.scan(text, scan.matched);
  std::sort(scan.matched.begin(), scan.matched.end());
  std::erase_if(scan.matched, [&](std::size_t index) {
    const Pattern& pattern = impl_->patterns[index];
    if (!pattern.linear.matches(text)) return true;
    if (!pattern.backtracking) return false;
    const auto outcome = pattern.backtracking->search(text).outcome;
    if (outcome == Pcre2Search::Outcome::kExhausted) scan.exhausted.push_back(index);
    return outcome != Pcre2Search::Outcome::kFound;
  });
}

std::optional<Span> PatternSet::find(std::size_t index, std::string_view text) const {
  const Pattern& pattern = impl_->patterns[index];
  if (!pattern.backtracking) return pattern.linear.find(text);
  const auto answer = pattern.backtracking->search(text);
  if (answer.outcome != Pcre2Search::Outcome::kFound) return std::nullopt;
  return answer.where;
}

std::size_t PatternSet::size() const { return impl_->patterns.size(); }

}  // namespace decnet::matching
