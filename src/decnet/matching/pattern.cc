#include "decnet/matching/pattern.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/matching/expression.h"

namespace decnet::matching {

Pattern::Pattern(std::string written, Engines engines, std::vector<Need> needs)
    : written_(std::move(written)), engines_(std::move(engines)), needs_(std::move(needs)) {}

Result<std::shared_ptr<const Pattern>> Pattern::compile(const std::string& pattern) {
  if (pattern.size() > kMaxBytes) {
    return fail(ErrorCode::kInvalid, fmt::format("too large: {} bytes, at most {} are taken",
                                                 pattern.size(), kMaxBytes));
  }
  DECNET_TRY(const Expression expression, read_expression(pattern));
  DECNET_TRY(Re2Search linear, Re2Search::compile(expression.witness));
  Engines engines{std::move(linear), {}};
  if (expression.backtracks) {
    DECNET_TRY(engines.backtracking, Pcre2Search::compile(expression.exact));
  }
  return std::shared_ptr<const Pattern>(
      new Pattern(pattern, std::move(engines), needs_of(expression.witness)));
}

Pattern::Answer Pattern::search(std::string_view text) const {
  const auto where = engines_.linear.find(text);
  if (!where) return {};
  if (!engines_.backtracking) return {Outcome::kFound, *where};
  const auto exact = engines_.backtracking->search(text);
  switch (exact.outcome) {
    case Pcre2Search::Outcome::kFound:
      return {Outcome::kFound, exact.where};
    case Pcre2Search::Outcome::kExhausted:
      return {Outcome::kExhausted, {}};
    case Pcre2Search::Outcome::kAbsent:
      break;
  }
  return {};
}

}  // namespace decnet::matching
