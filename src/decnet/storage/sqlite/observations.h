// Observations into attackers and decnet_auth_attempt.
#pragma once

#include <vector>

#include "decnet/storage/observations.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteObservations final : public Observations {
 public:
  // `keep_logins`: whether decnet_auth_attempt is there.
  SqliteObservations(Connection& connection, const Clock& clock, bool keep_logins);
  Result<MergeOutcome> merge(std::span<const Observation> observations) override;

 private:
  struct Attacker;  // a row as it is being changed

  Result<void> merge_attacker(const std::vector<const Observation*>& observations,
                              MergeOutcome& outcome);
  Result<std::unique_ptr<Attacker>> find(const std::string& ip);
  void add_commands(Attacker& attacker, const std::vector<const Observation*>& observations,
                    MergeOutcome& outcome);
  Result<std::uint64_t> add_logins(const std::string& attacker_uuid,
                                   const std::vector<const Observation*>& observations,
                                   MergeOutcome& outcome);
  Result<void> store(const Attacker& attacker);

  Connection& connection_;
  const Clock& clock_;
  bool keep_logins_;
  Prepared find_;
  Prepared insert_;
  Prepared update_;
  Prepared update_commands_;
  Prepared insert_login_;
  Prepared complete_login_;
};

}  // namespace decnet::storage::sqlite
