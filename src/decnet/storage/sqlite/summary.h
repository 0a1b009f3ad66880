// Summaries of ttp_tag.
#pragma once

#include "decnet/storage/sqlite/connection.h"
#include "decnet/storage/summary.h"

namespace decnet::storage::sqlite {

class SqliteSummaries final : public Summaries {
 public:
  explicit SqliteSummaries(Connection& connection) : connection_(connection) {}
  Result<std::vector<TechniqueSummary>> by_technique(const SummaryFilter& filter) override;

 private:
  Connection& connection_;
};

}  // namespace decnet::storage::sqlite
