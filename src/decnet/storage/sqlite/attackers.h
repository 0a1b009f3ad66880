// Look-ups in attackers and attacker_intel.
#pragma once

#include "decnet/storage/attackers.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteAttackers final : public Attackers {
 public:
  explicit SqliteAttackers(Connection& connection);
  Result<std::optional<AttackerRow>> by_ip(std::string_view ip) override;
  Result<std::optional<Json>> intel_to_catch_up(std::string_view attacker_uuid) override;
  Result<std::vector<IntelChange>> intel_changed_since(UtcTime since, std::size_t max) override;

 private:
  Prepared by_ip_;
  Prepared intel_;
  Prepared newer_tag_;
  Prepared changed_;
};

}  // namespace decnet::storage::sqlite
