// RuleTally: counts what each rule did as its tags stream by, for every backend.
//
// Memory: one entry for each rule met.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/storage/summary.h"

namespace decnet::storage {

// What a tag's row says that matters here.
struct RuleTag {
  std::string_view rule_id;
  std::string_view source_kind;
  std::string_view source_id;
  std::string_view evidence;    // JSON text
  std::string_view created_at;  // in the database's form
};

class RuleTally {
 public:
  // Tags whose event lies before `since`, or at no known time, are left out.
  explicit RuleTally(UtcTime since) : since_(since) {}

  // In the order in which they were stored: the tags of one rule on one event, which are stored
  // together, come one after another.
  void add(const RuleTag& tag);

  // Ordered by rule id.
  [[nodiscard]] std::vector<RuleSummary> rows() const;

 private:
  UtcTime since_;
  std::unordered_map<std::string, RuleSummary> rows_;
  std::string rule_;   // reused
  std::string event_;  // of the tag before, with its rule
  std::string key_;    // reused
};

}  // namespace decnet::storage
