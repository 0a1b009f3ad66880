#include "decnet/evaluation/readings.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "decnet/attack/catalogue.h"

namespace decnet::evaluation {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kSuccessors = {{
    {"T1562", "T1685"},
    {"T1562.001", "T1685"},
    {"T1562.002", "T1685.001"},
    {"T1562.003", "T1690"},
    {"T1562.004", "T1686"},
    {"T1562.006", "T1685"},
    {"T1562.007", "T1686.001"},
    {"T1562.008", "T1685.002"},
    {"T1562.009", "T1688"},
    {"T1562.010", "T1689"},
    {"T1562.011", "T1685.003"},
    {"T1562.012", "T1685.004"},
    {"T1070.001", "T1685.005"},
    {"T1070.002", "T1685.006"},
    {"T1656", "T1684.001"},
}};

// Techniques, with all their sub-techniques, that v19 has under other tactics than v18.1.
struct Moved {
  std::string_view technique;
  Goals goals;
};
constexpr std::array<Moved, 6> kMoved = {{
    {"T1127", {Goal::kDefenseEvasion}},
    {"T1197", {Goal::kDefenseEvasion, Goal::kPersistence}},
    {"T1548", {Goal::kDefenseEvasion, Goal::kPrivilegeEscalation}},
    {"T1550", {Goal::kDefenseEvasion, Goal::kLateralMovement}},
    {"T1574", {Goal::kDefenseEvasion, Goal::kPersistence, Goal::kPrivilegeEscalation}},
    {"T1610", {Goal::kDefenseEvasion, Goal::kExecution}},
}};

// New in v19 and not the successor of anything: v18.1 gives them no tactic.
constexpr std::array<std::string_view, 4> kNew = {"T1682", "T1683", "T1684", "T1687"};

std::optional<Goal> goal(std::string_view short_name) {
  if (short_name == "stealth" || short_name == "defense-impairment") return Goal::kDefenseEvasion;
  const auto* const found = std::find(kGoalNames.begin(), kGoalNames.end(), short_name);
  if (found == kGoalNames.end()) return std::nullopt;
  return static_cast<Goal>(found - kGoalNames.begin());
}

}  // namespace

int Goals::size() const { return std::popcount(bits_); }

Goal Goals::first() const { return static_cast<Goal>(std::countr_zero(bits_)); }

std::string canonical(std::string_view technique) {
  for (const auto& [old, successor] : kSuccessors) {
    if (old == technique) return std::string(successor);
  }
  return std::string(technique);
}

std::string_view parent_of(std::string_view technique) {
  return technique.substr(0, technique.find('.'));
}

Goals goals_of(std::string_view technique) {
  const std::string_view parent = parent_of(technique);
  for (const Moved& moved : kMoved) {
    if (moved.technique == parent) return moved.goals;
  }
  if (std::find(kNew.begin(), kNew.end(), parent) != kNew.end()) return {};
  static const auto catalogue = attack::Catalogue::built_in();
  const auto* known = catalogue->technique(technique);
  if (known == nullptr) known = catalogue->technique(parent);
  Goals goals;
  if (known == nullptr || known->domain != "enterprise") return goals;
  for (const std::string& id : known->tactics) {
    const auto* const tactic = catalogue->tactic(id);
    if (tactic == nullptr) continue;
    if (const auto known_goal = goal(tactic->short_name)) goals.add(*known_goal);
  }
  return goals;
}

}  // namespace decnet::evaluation
