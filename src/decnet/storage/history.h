// History: what the database remembers of attackers, read for replay. Streams with keyset paging:
// no long transaction, memory bounded by one row and a page of keys.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"

namespace decnet::storage {

// A row of `attackers` with its command history.
struct AttackerCommands {
  std::string uuid;
  std::optional<std::string> identity_id;
  std::vector<Json>
      commands;  // the objects of the JSON array, in order; other elements are left out
};

// A row of `canary_triggers`.
struct CanaryTrigger {
  std::string uuid;
  std::string token_uuid;
  UtcTime occurred_at;
  std::string src_ip;
  std::optional<std::string> user_agent;
  std::optional<std::string> request_path;
  std::optional<std::string> dns_qname;
  Json raw_headers;  // an object; {} when the column holds none
  std::optional<std::string> attacker_id;
};

// Rows one by one, in key order; nothing at the end. Rows that cannot be read are skipped, counted
// and logged (WARNING, by key). An error ends the stream.
template <typename Row>
class RowStream {
 public:
  virtual ~RowStream() = default;
  virtual Result<std::optional<Row>> next() = 0;
  [[nodiscard]] virtual std::uint64_t skipped() const = 0;
};

struct RowCounts {
  std::uint64_t since = 0;
  std::uint64_t before = 0;
};

class History {
 public:
  virtual ~History() = default;

  // Attackers with last_seen ≥ since. Empty `commands` text is an empty list; text that is no JSON
  // array is a skipped row.
  virtual Result<std::unique_ptr<RowStream<AttackerCommands>>> iter_attacker_commands_since(
      UtcTime since) = 0;
  // Triggers with occurred_at ≥ since.
  virtual Result<std::unique_ptr<RowStream<CanaryTrigger>>> iter_canary_triggers_since(
      UtcTime since) = 0;

  // How many rows the two iterators would deliver now, and how many they would pass over for their
  // age. Not exact: others write meanwhile.
  virtual Result<RowCounts> count_attackers(UtcTime since) = 0;
  virtual Result<RowCounts> count_canary_triggers(UtcTime since) = 0;
};

}  // namespace decnet::storage
