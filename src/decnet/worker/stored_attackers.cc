#include "decnet/worker/stored_attackers.h"

namespace decnet::worker {

Result<std::optional<AttackerDirectory::Attacker>> StoredAttackers::by_ip(std::string_view ip) {
  // A batch often has many messages of one address.
  if (const auto known = known_.find(ip); known != known_.end()) return known->second;
  DECNET_TRY(const auto row, attackers_.by_ip(ip));
  std::optional<Attacker> attacker;
  if (row) attacker = Attacker{row->uuid, row->identity_id};
  known_.emplace(std::string(ip), attacker);
  return attacker;
}

Result<std::optional<Json>> StoredAttackers::intel_to_catch_up(std::string_view attacker_uuid) {
  return attackers_.intel_to_catch_up(attacker_uuid);
}

Result<std::vector<std::optional<std::string>>> StoredAttackers::tagged_from_history(
    std::string_view attacker_uuid, std::span<const storage::TypedCommand> commands) {
  DECNET_TRY(const auto found, seen_.find(attacker_uuid, commands, storage::SeenIn::kHistory));
  std::vector<std::optional<std::string>> ids(commands.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] && !found[i]->source_id.empty()) ids[i] = found[i]->source_id;
  }
  return ids;
}

Result<std::optional<storage::Beacon>> StoredAttackers::beacon_of(std::string_view attacker_uuid) {
  if (activity_ == nullptr) return std::optional<storage::Beacon>();
  return activity_->beacon_of(attacker_uuid);
}

Result<std::optional<storage::SharedPassword>> StoredAttackers::shared_password(
    std::string_view identity_uuid) {
  if (activity_ == nullptr) return std::optional<storage::SharedPassword>();
  return activity_->shared_password(identity_uuid);
}

Result<std::optional<std::string>> StoredAttackers::reused_secret(std::string_view finding) {
  if (activity_ == nullptr) return std::optional<std::string>();
  return activity_->reused_secret(finding);
}

}  // namespace decnet::worker
