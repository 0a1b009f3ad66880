#include "decnet/matching/pattern_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "decnet/matching/expression.h"
#include "decnet/matching/pcre2_search.h"
#include "decnet/matching/re2_set.h"

namespace decnet::matching {
namespace {

struct Checked {
  std::string witness;
  std::optional<Pcre2Search> backtracking;  // decides, where the witness matches
};

Result<Checked> checked(const std::string& pattern) {
  if (pattern.size() > PatternSet::kMaxPatternBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("too large: {} bytes, at most {} are taken",
                                                 pattern.size(), PatternSet::kMaxPatternBytes));
  }
  DECNET_TRY(Expression expression, read_expression(pattern));
  if (const auto problem = Re2Set::problem(expression.witness)) {
    return fail(ErrorCode::kInvalid, *problem);
  }
  Checked result;
  result.witness = std::move(expression.witness);
  if (expression.backtracks) {
    DECNET_TRY(Pcre2Search search, Pcre2Search::compile(expression.exact));
    result.backtracking = std::move(search);
  }
  return result;
}

}  // namespace

struct PatternSet::Impl {
  std::size_t size = 0;
  std::unique_ptr<Re2Set> witnesses;
  std::map<std::size_t, Pcre2Search> backtracking;
};

PatternSet::PatternSet() : impl_(std::make_unique<Impl>()) {
  impl_->witnesses = Re2Set::compile({});
}
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;

std::optional<std::string> PatternSet::check(const std::string& pattern) {
  const auto result = checked(pattern);
  if (result) return std::nullopt;
  return result.error().message;
}

Result<PatternSet> PatternSet::compile(std::span<const std::string> patterns) {
  PatternSet result;
  std::vector<std::string> witnesses;
  witnesses.reserve(patterns.size());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    auto pattern = checked(patterns[i]);
    if (!pattern) return fail(pattern.error().in(fmt::format("pattern {}", i)));
    witnesses.push_back(std::move(pattern->witness));
    if (pattern->backtracking) {
      result.impl_->backtracking.emplace(i, *std::move(pattern->backtracking));
    }
  }
  result.impl_->size = patterns.size();
  result.impl_->witnesses = Re2Set::compile(std::move(witnesses));
  return result;
}

void PatternSet::scan(std::string_view text, Scan& scan) const {
  scan.matched.clear();
  scan.exhausted.clear();
  impl_->witnesses->scan(text, scan.matched);
  std::sort(scan.matched.begin(), scan.matched.end());
  if (impl_->backtracking.empty()) return;
  std::erase_if(scan.matched, [&](std::size_t index) {
    const auto search = impl_->backtracking.find(index);
    if (search == impl_->backtracking.end()) return false;
    const auto outcome = search->second.search(text).outcome;
    if (outcome == Pcre2Search::Outcome::kExhausted) scan.exhausted.push_back(index);
    return outcome != Pcre2Search::Outcome::kFound;
  });
}

std::optional<Span> PatternSet::find(std::size_t index, std::string_view text) const {
  const auto search = impl_->backtracking.find(index);
  if (search == impl_->backtracking.end()) return impl_->witnesses->find(index, text);
  const auto answer = search->second.search(text);
  if (answer.outcome != Pcre2Search::Outcome::kFound) return std::nullopt;
  return answer.where;
}

std::size_t PatternSet::size() const { return impl_->size; }
std::uint64_t PatternSet::fallbacks() const { return impl_->witnesses->fallbacks(); }

}  // namespace decnet::matching
