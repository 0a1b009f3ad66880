// Expiry: tells the states that are in force from those whose time is over, and tells of each end
// once, whichever process removes it from the store.
#pragma once

#include <optional>
#include <vector>

#include "decnet/rules/state.h"

namespace decnet::rulestore {

class Expiry {
 public:
  struct Sorted {
    rules::States in_force;
    std::vector<RuleId> over;      // still stored: whoever loads first removes them
    std::vector<RuleId> reverted;  // newly over, in order of ids
  };
  // `stored` is everything the store has now.
  Sorted sort(const rules::States& stored, UtcTime now);

  // When the next of the states in force ends.
  [[nodiscard]] std::optional<UtcTime> next() const;

 private:
  rules::States in_force_;
  rules::States told_;  // over and, for want of permission, still stored
};

}  // namespace decnet::rulestore
