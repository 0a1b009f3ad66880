// RuleRows: rule documents (ttp_rule) and what operators decided about rules (ttp_rule_state), as
// rows. What a document or a state means is its reader's business.
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, full, not answering; nothing of the call was written. kInvalid:
// the
//          database has no such tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"

namespace decnet::storage {

struct RuleRow {
  std::string rule_id;
  std::int64_t rule_version = 0;
  std::string source_path;   // "./rules/ttp/R0042.yaml"
  std::string yaml_content;  // the whole document
  UtcTime updated_at;        // the epoch when what is stored is no time
  std::string updated_by;    // "filesystem", "git" or an administrator
  friend bool operator==(const RuleRow&, const RuleRow&) = default;
};

struct RuleStateRow {
  std::string rule_id;
  std::string state;  // any word: others write here too
  std::optional<double> confidence_max;
  std::optional<UtcTime> expires_at;
  std::string reason;  // empty and NULL are one
  std::string set_by;
  UtcTime set_at;  // the epoch when what is stored is no time
  friend bool operator==(const RuleStateRow&, const RuleStateRow&) = default;
};

// A row that is there and cannot be read.
struct UnreadableRow {
  std::string rule_id;
  std::string cause;
  friend bool operator==(const UnreadableRow&, const UnreadableRow&) = default;
};

template <typename Row>
struct RuleTable {
  std::vector<Row> rows;  // by the bytes of rule_id
  std::vector<UnreadableRow> unreadable;
};

class RuleRows {
 public:
  virtual ~RuleRows() = default;

  // While it stays the same, nobody wrote to the two tables; cheap. It may change for other
  // reasons.
  virtual Result<std::string> mark() = 0;

  virtual Result<RuleTable<RuleRow>> rules() = 0;
  virtual Result<void> put_rule(const RuleRow& row) = 0;           // replaces
  virtual Result<bool> remove_rule(std::string_view rule_id) = 0;  // false: there was none

  virtual Result<RuleTable<RuleStateRow>> states() = 0;
  virtual Result<void> put_state(const RuleStateRow& row) = 0;      // replaces
  virtual Result<bool> remove_state(std::string_view rule_id) = 0;  // false: there was none
  // Only when the row still says that its time is over: somebody may have set a new one meanwhile.
  virtual Result<bool> remove_expired_state(std::string_view rule_id, UtcTime now) = 0;
};

}  // namespace decnet::storage
