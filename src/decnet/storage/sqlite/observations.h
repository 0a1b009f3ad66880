// Observations into attackers, decnet_auth_attempt, decnet_event and canary_triggers.
#pragma once

#include <vector>

#include "decnet/storage/observations.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteObservations final : public Observations {
 public:
  // Which of our own tables are there: decnet_auth_attempt, decnet_event.
  struct Kept {
    bool logins = true;
    bool events = true;
  };
  SqliteObservations(Connection& connection, const Clock& clock, Kept kept);
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
  // Both return how many were new.
  Result<std::uint64_t> add_events(const std::string& attacker_uuid,
                                   const std::vector<const Observation*>& observations,
                                   MergeOutcome& outcome);
  Result<std::uint64_t> add_triggers(const std::string& attacker_uuid,
                                     const std::vector<const Observation*>& observations,
                                     MergeOutcome& outcome);
  Result<void> store(const Attacker& attacker);

  Connection& connection_;
  const Clock& clock_;
  Kept kept_;
  Prepared find_;
  Prepared insert_;
  Prepared update_;
  Prepared update_commands_;
  Prepared insert_login_;
  Prepared complete_login_;
  Prepared insert_event_;
  Prepared earlier_event_;
  Prepared insert_trigger_;
};

}  // namespace decnet::storage::sqlite
