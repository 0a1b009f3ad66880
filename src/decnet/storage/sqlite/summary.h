// Summaries of ttp_tag.
#pragma once

#include "decnet/storage/sqlite/prepared.h"
#include "decnet/storage/summary.h"

namespace decnet::storage::sqlite {

class SqliteSummaries final : public Summaries {
 public:
  explicit SqliteSummaries(Connection& connection);
  Result<std::vector<TechniqueSummary>> by_technique(const SummaryFilter& filter) override;
  Result<std::vector<RuleSummary>> by_rule(UtcTime since) override;

 private:
  Prepared all_;
  Prepared of_attacker_;
  Prepared of_rules_;
};

}  // namespace decnet::storage::sqlite
