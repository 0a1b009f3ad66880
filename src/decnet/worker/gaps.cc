#include "decnet/worker/gaps.h"

#include <algorithm>

namespace decnet::worker {

void Gaps::open(UtcTime now) {
  if (!opened_) opened_ = now;
}

void Gaps::close(UtcTime now) {
  if (!opened_) return;
  add(*opened_, now);
  opened_.reset();
}

void Gaps::add(UtcTime begin, UtcTime end) {
  // A flood of short gaps becomes one: memory stays bounded and nothing is missed.
  if (!gaps_.empty() && begin <= gaps_.back().end + kAfter && begin >= gaps_.back().begin) {
    gaps_.back().end = std::max(gaps_.back().end, end);
    return;
  }
  gaps_.push_back({begin, std::max(begin, end)});
}

bool Gaps::covers(UtcTime instant) const {
  if (opened_ && instant >= *opened_ - kBefore) return true;
  return std::any_of(gaps_.begin(), gaps_.end(), [instant](const Gap& gap) {
    return instant >= gap.begin - kBefore && instant <= gap.end + kAfter;
  });
}

std::optional<UtcTime> Gaps::earliest() const {
  std::optional<UtcTime> first = opened_;
  for (const Gap& gap : gaps_) {
    if (!first || gap.begin < *first) first = gap.begin;
  }
  if (first) *first -= kBefore;
  return first;
}

UtcTime Gaps::complete_until(UtcTime now) const {
  const auto looked_at_from = earliest();
  return looked_at_from ? std::min(now, *looked_at_from + kBefore) : now;
}

void Gaps::settle(UtcTime looked) {
  std::erase_if(gaps_, [looked](const Gap& gap) { return gap.end + kSettle < looked; });
}

}  // namespace decnet::worker
