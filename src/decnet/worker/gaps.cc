#include "decnet/worker/gaps.h"

#include <algorithm>
#include <utility>

namespace decnet::worker {

void Gaps::open(UtcTime begin, UtcTime now) {
  if (!open_) open_ = Gap{begin, begin};
  open_->begin = std::min({open_->begin, begin, now});
  open_->end = std::max({open_->end, begin, now});
}

void Gaps::close(UtcTime now) {
  if (!open_) return;
  open(now, now);
  add(open_->begin, open_->end);
  open_.reset();
}

void Gaps::add(UtcTime begin, UtcTime end) {
  if (end < begin) std::swap(begin, end);
  // A flood of short gaps becomes one: memory stays bounded and nothing is missed.
  const auto near = std::find_if(gaps_.begin(), gaps_.end(), [&](const Gap& gap) {
    return begin <= gap.end + kAfter && end + kAfter >= gap.begin;
  });
  if (near == gaps_.end()) {
    gaps_.push_back({begin, end});
    return;
  }
  near->begin = std::min(near->begin, begin);
  near->end = std::max(near->end, end);
}

bool Gaps::covers(UtcTime instant) const {
  if (open_ && instant >= open_->begin - kBefore) return true;
  return std::any_of(gaps_.begin(), gaps_.end(), [instant](const Gap& gap) {
    return instant >= gap.begin - kBefore && instant <= gap.end + kAfter;
  });
}

std::optional<UtcTime> Gaps::earliest() const {
  std::optional<UtcTime> first;
  if (open_) first = open_->begin;
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
  const UtcTime settled = looked - kSettle;
  std::erase_if(gaps_, [settled](const Gap& gap) { return gap.end < settled; });
  for (Gap& gap : gaps_) gap.begin = std::max(gap.begin, settled);
  if (open_) {
    open_->begin = std::max(open_->begin, settled);
    open_->end = std::max(open_->end, open_->begin);
  }
}

}  // namespace decnet::worker
