// StoredAttackers: what expand() asks of attackers, answered by the storage.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/storage/activity.h"
#include "decnet/storage/attackers.h"
#include "decnet/storage/seen_commands.h"
#include "decnet/worker/upstream.h"

namespace decnet::worker {

// For one batch: what it has found by address it does not look up again.
class StoredAttackers final : public AttackerDirectory {
 public:
  // Keeps all of them by reference; without `activity` nothing is known of it.
  StoredAttackers(storage::Attackers& attackers, storage::SeenCommands& seen,
                  storage::Activity* activity)
      : attackers_(attackers), seen_(seen), activity_(activity) {}

  Result<std::optional<Attacker>> by_ip(std::string_view ip) override;
  Result<std::optional<Json>> intel_to_catch_up(std::string_view attacker_uuid) override;
  Result<std::vector<std::optional<std::string>>> tagged_from_history(
      std::string_view attacker_uuid, std::span<const storage::TypedCommand> commands) override;
  Result<std::optional<storage::Beacon>> beacon_of(std::string_view attacker_uuid) override;
  Result<std::optional<storage::SharedPassword>> shared_password(
      std::string_view identity_uuid) override;
  Result<std::optional<std::string>> reused_secret(std::string_view finding) override;

 private:
  storage::Attackers& attackers_;
  storage::SeenCommands& seen_;
  storage::Activity* const activity_;
  std::map<std::string, std::optional<Attacker>, std::less<>> known_;
};

}  // namespace decnet::worker
