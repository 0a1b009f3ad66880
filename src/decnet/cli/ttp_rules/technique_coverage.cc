#include "decnet/cli/ttp_rules/technique_coverage.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace decnet::cli {

std::size_t CoveredTechnique::active_rules() const {
  return static_cast<std::size_t>(
      std::count_if(rules.begin(), rules.end(), [](const auto& each) { return each.active; }));
}

std::vector<CoveredTechnique> technique_coverage(const Pack& pack) {
  std::map<std::pair<std::string, std::string>, CoveredTechnique> covered;
  for (const auto& rule : pack.rules->rules()) {
    const bool active = !why_silent(pack, *rule);
    for (const auto& emit : rule->emits) {
      const auto& tactic = emit.placement.tactic.text();
      const auto& technique = stored_technique(emit).text();
      auto& entry = covered[{tactic, technique}];
      entry.tactic = tactic;
      entry.technique = technique;
      const double confidence = emit.written.confidence;
      if (entry.rules.empty() || entry.rules.back().rule != rule.get()) {
        entry.rules.push_back({rule.get(), confidence, active});
      } else {
        entry.rules.back().confidence = std::max(entry.rules.back().confidence, confidence);
      }
    }
  }

  std::map<std::string_view, std::size_t> places;  // of tactics in the matrix
  for (const auto& tactic : pack.catalogue->tactics()) places.emplace(tactic.id, places.size());
  const auto key = [&places](const CoveredTechnique& entry) {
    const auto found = places.find(entry.tactic);
    return std::tuple(found == places.end() ? places.size() : found->second,
                      std::string_view(entry.tactic), std::string_view(entry.technique));
  };
  std::vector<CoveredTechnique> all;
  for (auto& [id, entry] : covered) all.push_back(std::move(entry));
  std::sort(all.begin(), all.end(),
            [&key](const auto& a, const auto& b) { return key(a) < key(b); });
  return all;
}

}  // namespace decnet::cli
