#include "decnet/worker/suppression.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/bus/envelope.h"
#include "decnet/worker/topics.h"

namespace decnet::worker {
namespace {

std::atomic<std::uint64_t>& counter_of(SuppressionCounters& counters, Suppressed::Reason reason) {
  switch (reason) {
    case Suppressed::Reason::kBelowFloor:
      return counters.below_floor;
    case Suppressed::Reason::kRateLimited:
      return counters.rate_limited;
    case Suppressed::Reason::kRuleDisabled:
      break;
  }
  return counters.rule_disabled;
}

std::string key_of(const Suppressed& one) {
  const auto& technique = one.sub_technique_id ? *one.sub_technique_id : one.technique_id;
  return fmt::format("{} {} {}", one.rule_id.text(), technique.text(), to_string(one.reason));
}

}  // namespace

std::vector<storage::OutboxMessage> Suppression::tell(std::span<const Suppressed> withheld) {
  std::vector<storage::OutboxMessage> messages;
  const UtcTime now = clock_.now();
  for (const Suppressed& one : withheld) {
    ++counter_of(counters_, one.reason);
    if (!is_due(one, now)) continue;
    messages.push_back({0, bus::random_id(), std::string(kRuleSuppressedTopic), "rule.suppressed",
                        one.payload(), now});
  }
  return messages;
}

bool Suppression::is_due(const Suppressed& one, UtcTime now) {
  const auto is_over = [now](UtcTime told) {
    return now - told >= kEvery || told > now;  // a clock that was set back must not silence it
  };
  std::string key = key_of(one);
  if (const auto known = told_.find(key); known != told_.end()) {
    if (!is_over(known->second)) return false;
    known->second = now;
    return true;
  }
  if (told_.size() >= kMostAtOnce) {
    std::erase_if(told_, [&](const auto& entry) { return is_over(entry.second); });
    if (told_.size() >= kMostAtOnce) return false;
  }
  told_.emplace(std::move(key), now);
  return true;
}

}  // namespace decnet::worker
