#include "decnet/rulestore/expiry.h"

#include <set>

namespace decnet::rulestore {

Expiry::Sorted Expiry::sort(const rules::States& stored, UtcTime now) {
  Sorted sorted;
  rules::States told;
  std::set<RuleId> reverted;
  for (const auto& [rule, state] : stored) {
    if (!state.expired(now)) {
      sorted.in_force.emplace(rule, state);
      continue;
    }
    sorted.over.push_back(rule);
    const auto before = told_.find(rule);
    if (before == told_.end() || before->second != state) reverted.insert(rule);
    told.emplace(rule, state);
  }
  // Another process was faster and removed it.
  for (const auto& [rule, state] : in_force_) {
    if (state.expired(now) && !stored.contains(rule)) reverted.insert(rule);
  }
  sorted.reverted.assign(reverted.begin(), reverted.end());
  told_ = std::move(told);
  in_force_ = sorted.in_force;
  return sorted;
}

std::optional<UtcTime> Expiry::next() const {
  std::optional<UtcTime> next;
  for (const auto& [rule, state] : in_force_) {
    if (state.expires_at && (!next || *state.expires_at < *next)) next = state.expires_at;
  }
  return next;
}

}  // namespace decnet::rulestore
