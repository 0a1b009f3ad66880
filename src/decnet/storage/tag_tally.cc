#include "decnet/storage/tag_tally.h"

#include <algorithm>
#include <tuple>

#include "decnet/base/json.h"

namespace decnet::storage {

std::optional<UtcTime> event_time(std::string_view evidence, std::string_view created_at) {
  // Reading the JSON is most of the work, and much evidence has no time.
  if (evidence.find("\"ts\"") != std::string_view::npos) {
    if (const auto value = Json::parse(evidence)) {
      const Json* ts = value->find("ts");
      const std::string* text = ts == nullptr ? nullptr : ts->string();
      const auto time = text == nullptr ? std::nullopt : parse_time(*text);
      if (time) return time;
    }
  }
  return parse_time(created_at);
}

TagTally::Row& TagTally::row_of(const TalliedTag& tag) {
  key_.assign(tag.tactic);
  key_ += '\0';
  key_ += tag.technique;
  Row& row = rows_[key_];
  if (row.summary.tags == 0) {
    row.summary.tactic = tag.tactic;
    row.summary.technique = tag.technique;
  }
  return row;
}

void TagTally::add(const TalliedTag& tag) {
  const auto time = event_time(tag.evidence, tag.created_at);
  if (since_ && (!time || *time < *since_)) return;
  Row& row = row_of(tag);
  TechniqueSummary& summary = row.summary;
  ++summary.tags;
  summary.max_confidence = std::max(summary.max_confidence, tag.confidence);
  if (time) {
    summary.first_seen = row.has_time ? std::min(summary.first_seen, *time) : *time;
    summary.last_seen = row.has_time ? std::max(summary.last_seen, *time) : *time;
    row.has_time = true;
  }
  if (tag.attacker.empty()) return;
  key_.assign(tag.attacker);
  const std::size_t number = numbers_.emplace(key_, numbers_.size()).first->second;
  if (number >= row.attackers.size()) row.attackers.resize(number + 1);
  if (!row.attackers[number]) ++summary.attackers;
  row.attackers[number] = true;
}

std::vector<TechniqueSummary> TagTally::rows() const {
  std::vector<TechniqueSummary> rows;
  rows.reserve(rows_.size());
  for (const auto& [key, row] : rows_) rows.push_back(row.summary);
  std::sort(rows.begin(), rows.end(), [](const TechniqueSummary& a, const TechniqueSummary& b) {
    return std::tie(a.tactic, a.technique) < std::tie(b.tactic, b.technique);
  });
  return rows;
}

}  // namespace decnet::storage
