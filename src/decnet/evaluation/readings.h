// Readings: which tactics a technique stands for when labels of several ATT&CK releases are
// compared. v19 split Defense Evasion and moved some techniques to other tactics; corpora are
// labelled with the tactics of v18.1 and with ids of either release. Labels and tags alike are read
// here as v19 ids with v18.1 tactics, Stealth and Defense Impairment together being Defense
// Evasion.
//
// Source: MITRE ATT&CK v18.1 and v19; terms in attack/data/LICENSE-MITRE.txt.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace decnet::evaluation {

// In alphabetical order of their short names.
enum class Goal : std::uint8_t {
  kCollection,
  kCommandAndControl,
  kCredentialAccess,
  kDefenseEvasion,
  kDiscovery,
  kExecution,
  kExfiltration,
  kImpact,
  kInitialAccess,
  kLateralMovement,
  kPersistence,
  kPrivilegeEscalation,
  kReconnaissance,
  kResourceDevelopment,
};

inline constexpr std::array<std::string_view, 14> kGoalNames = {
    "collection",     "command-and-control", "credential-access", "defense-evasion",
    "discovery",      "execution",           "exfiltration",      "impact",
    "initial-access", "lateral-movement",    "persistence",       "privilege-escalation",
    "reconnaissance", "resource-development"};

// A set of tactics.
class Goals {
 public:
  constexpr Goals() = default;
  constexpr Goals(std::initializer_list<Goal> goals) {
    for (const Goal goal : goals) add(goal);
  }

  constexpr void add(Goal goal) { bits_ |= 1U << static_cast<unsigned>(goal); }
  constexpr void add(Goals goals) { bits_ |= goals.bits_; }
  [[nodiscard]] constexpr bool has(Goal goal) const {
    return (bits_ >> static_cast<unsigned>(goal) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool meets(Goals other) const { return (bits_ & other.bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] int size() const;
  // The first one in alphabetical order. The set is not empty.
  [[nodiscard]] Goal first() const;

  friend constexpr Goals operator&(Goals a, Goals b) { return of(a.bits_ & b.bits_); }
  friend constexpr bool operator==(Goals, Goals) = default;

 private:
  static constexpr Goals of(std::uint32_t bits) {
    Goals goals;
    goals.bits_ = bits;
    return goals;
  }
  std::uint32_t bits_ = 0;
};

// The id under which v18.1 labels and v19 tags meet: of an id that v19 revoked, its successor.
std::string canonical(std::string_view technique);

// "T1059" of "T1059.004" and of itself.
std::string_view parent_of(std::string_view technique);

// Of a canonical id; of an unknown one its parent's; none when that is unknown too.
Goals goals_of(std::string_view technique);

}  // namespace decnet::evaluation
