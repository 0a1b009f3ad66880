// RuleBudgets: on how many events a rule's pattern ran out of its budget of steps, which is neither
// a match nor a mismatch; over all processes that use the database.
//
// On a framework database without our own tables nothing of it is kept.
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, full, not answering; nothing of the call was written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"

namespace decnet::storage {

struct ExhaustedBudget {
  std::string rule_id;
  std::int64_t events = 0;
  UtcTime last;  // when it was last reported
  friend bool operator==(const ExhaustedBudget&, const ExhaustedBudget&) = default;
};

class RuleBudgets {
 public:
  virtual ~RuleBudgets() = default;
  // Adds these events to those of before: all of it or nothing.
  virtual Result<void> add(std::span<const ExhaustedBudget> exhausted) = 0;
  // By rule id.
  virtual Result<std::vector<ExhaustedBudget>> all() = 0;
};

}  // namespace decnet::storage
