// Summary: what techniques the stored tags show, and by how many attackers; what rules found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"

namespace decnet::storage {

struct SummaryFilter {
  // Event time: evidence.ts when there is one, else created_at.
  std::optional<UtcTime> since = std::nullopt;
  std::optional<std::string> attacker = std::nullopt;  // uuid, or IP address
  double min_confidence = 0.0;
};

// One (tactic, most specific technique id).
struct TechniqueSummary {
  std::string tactic;
  std::string technique;
  std::uint64_t tags = 0;
  std::uint64_t attackers = 0;  // distinct attacker_uuid (identity_uuid where there is none)
  double max_confidence = 0.0;
  UtcTime first_seen;
  UtcTime last_seen;
};

// What one rule did.
struct RuleSummary {
  std::string rule_id;
  std::uint64_t events = 0;  // it fired on; one event has a tag for each technique of the rule
  std::uint64_t tags = 0;
  UtcTime last_seen;  // of those events
};

class Summaries {
 public:
  virtual ~Summaries() = default;
  // Ordered by tactic id, then technique id.
  virtual Result<std::vector<TechniqueSummary>> by_technique(const SummaryFilter& filter) = 0;
  // What happened since, of every rule that tagged any of it. Ordered by rule id.
  virtual Result<std::vector<RuleSummary>> by_rule(UtcTime since) = 0;
};

}  // namespace decnet::storage
