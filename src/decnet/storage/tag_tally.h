// TagTally: counts tags by technique as they stream by. Which tags, the database says; when they
// happened is in their evidence, whose times carry any offset, and whom to count together no
// dialect of SQL says alike: so it is done here, for every backend.
//
// Memory: one entry for each attacker met, and a bit for each attacker in each technique's row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/storage/summary.h"

namespace decnet::storage {

// What a tag's row says that matters here.
struct TalliedTag {
  std::string_view tactic;
  std::string_view technique;  // the most specific
  std::string_view attacker;   // or identity; empty for neither
  double confidence = 0.0;
  std::string_view evidence;    // JSON text
  std::string_view created_at;  // in the database's form
};

// When a tag's event happened: evidence.ts when it is a time, else created_at; nothing when that is
// none either.
std::optional<UtcTime> event_time(std::string_view evidence, std::string_view created_at);

class TagTally {
 public:
  // Tags whose event lies before `since`, or at no known time, are left out when it is given.
  explicit TagTally(std::optional<UtcTime> since) : since_(since) {}

  void add(const TalliedTag& tag);

  // Ordered by tactic, then technique. A row of tags without any time has the first of 1970.
  [[nodiscard]] std::vector<TechniqueSummary> rows() const;

 private:
  struct Row {
    TechniqueSummary summary;
    std::vector<bool> attackers;  // by number
    bool has_time = false;
  };
  Row& row_of(const TalliedTag& tag);

  std::optional<UtcTime> since_;
  std::unordered_map<std::string, std::size_t> numbers_;  // attacker → number
  std::unordered_map<std::string, Row> rows_;             // by tactic and technique
  std::string key_;                                       // reused
};

}  // namespace decnet::storage
