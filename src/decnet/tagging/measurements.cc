#include "decnet/tagging/measurements.h"

#include <algorithm>
#include <set>

namespace decnet::tagging {

void Measurements::record(std::chrono::nanoseconds time, std::span<const Tag> tags) {
  const double ms = std::chrono::duration<double, std::milli>(time).count();
  const auto bound = std::lower_bound(kBoundsMs.begin(), kBoundsMs.end(), ms);
  // A rule that emits several sub-techniques of one technique fired once.
  std::set<std::pair<std::string, std::string>> fired;
  for (const Tag& tag : tags) fired.emplace(tag.rule_id.text(), tag.technique_id.text());

  const std::lock_guard lock(mutex_);
  ++kept_.events;
  kept_.total_ms += ms;
  if (bound != kBoundsMs.end()) {
    ++kept_.at_most[static_cast<std::size_t>(bound - kBoundsMs.begin())];
  }
  for (const auto& rule : fired) ++kept_.fired[rule];
}

Measurements::Snapshot Measurements::snapshot() const {
  Snapshot snapshot;
  {
    const std::lock_guard lock(mutex_);
    snapshot = kept_;
  }
  for (std::size_t i = 1; i < snapshot.at_most.size(); ++i) {
    snapshot.at_most[i] += snapshot.at_most[i - 1];
  }
  return snapshot;
}

}  // namespace decnet::tagging
