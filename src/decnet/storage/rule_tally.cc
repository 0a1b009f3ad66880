#include "decnet/storage/rule_tally.h"

#include <algorithm>

#include "decnet/storage/tag_tally.h"

namespace decnet::storage {

void RuleTally::add(const RuleTag& tag) {
  const auto time = event_time(tag.evidence, tag.created_at);
  if (!time || *time < since_) return;
  rule_.assign(tag.rule_id);
  RuleSummary& row = rows_[rule_];
  if (row.tags == 0) row.rule_id = rule_;
  ++row.tags;
  row.last_seen = std::max(row.last_seen, *time);
  key_ = rule_;
  for (const std::string_view part : {tag.source_kind, tag.source_id}) {
    key_ += '\0';
    key_ += part;
  }
  if (key_ != event_) ++row.events;
  event_.swap(key_);
}

std::vector<RuleSummary> RuleTally::rows() const {
  std::vector<RuleSummary> rows;
  rows.reserve(rows_.size());
  for (const auto& [id, row] : rows_) rows.push_back(row);
  std::sort(rows.begin(), rows.end(),
            [](const RuleSummary& a, const RuleSummary& b) { return a.rule_id < b.rule_id; });
  return rows;
}

}  // namespace decnet::storage
