// Attackers: who an address belongs to, and what threat intelligence says of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"

namespace decnet::storage {

struct AttackerRow {
  std::string uuid;
  std::optional<std::string> identity_id;
};

class Attackers {
 public:
  virtual ~Attackers() = default;

  // Exact text of `ip`; of several rows the one with the latest last_seen.
  virtual Result<std::optional<AttackerRow>> by_ip(std::string_view ip) = 0;

  // The projection of the attacker's row in attacker_intel that is the payload of an intel event
  // (the keys and their order as on attacker.intel.enriched, without providers), when there is a
  // row and no stored intel tag of this attacker was made since the row last changed (cached_at).
  virtual Result<std::optional<Json>> intel_to_catch_up(std::string_view attacker_uuid) = 0;

  // Attackers whose intel row changed (cached_at) at or after `since`, in that order: at most
  // `max`.
  struct IntelChange {
    std::string attacker_uuid;
    UtcTime cached_at;
  };
  virtual Result<std::vector<IntelChange>> intel_changed_since(UtcTime since, std::size_t max) = 0;
};

}  // namespace decnet::storage
