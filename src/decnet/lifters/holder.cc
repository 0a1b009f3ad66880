#include "decnet/lifters/holder.h"

#include <algorithm>

namespace decnet::lifters {
namespace {

constexpr std::string_view kRuleEngine = "rule_engine";  // holds every pattern rule

bool claims_any(const Lifter& lifter, const std::vector<std::string>& kinds) {
  return std::any_of(kinds.begin(), kinds.end(), [&lifter](const std::string& name) {
    const auto kind = source_kind(name);
    return kind && std::find(lifter.kinds.begin(), lifter.kinds.end(), *kind) != lifter.kinds.end();
  });
}

}  // namespace

const Lifter* holder(const rules::Definition& rule, std::span<const Lifter> lifters) {
  const std::string_view owner =
      rule.is_pattern_rule() ? kRuleEngine : rules::lifter_owner(rule.match_kind);
  const auto found = std::find_if(lifters.begin(), lifters.end(), [&](const Lifter& lifter) {
    return lifter.name == owner && claims_any(lifter, rule.applies_to);
  });
  return found == lifters.end() ? nullptr : &*found;
}

}  // namespace decnet::lifters
