// What decnet_auth_attempt, decnet_event and the framework's tables about behaviour and credentials
// remember.
#pragma once

#include <map>

#include "decnet/storage/activity.h"
#include "decnet/storage/sqlite/prepared.h"

namespace decnet::storage::sqlite {

class SqliteActivity final : public Activity {
 public:
  // Which of our own tables are there: decnet_auth_attempt, decnet_event.
  struct Kept {
    bool logins = true;
    bool events = true;
  };
  SqliteActivity(Connection& connection, Kept kept);

  Result<std::vector<AttackerLogin>> logins_after(const AttackerLogin* after, UtcTime since,
                                                  std::size_t max) override;
  Result<std::vector<ObservedLogin>> logins_of(std::string_view attacker_uuid, UtcTime since,
                                               std::size_t max) override;
  Result<std::vector<AttackerEvent>> events_after(std::int64_t after, UtcTime since,
                                                  std::size_t max) override;
  Result<std::vector<ObservedEvent>> events_of(std::string_view attacker_uuid, SourceKind kind,
                                               std::size_t max) override;
  Result<std::vector<Beacon>> beacons_after(std::string_view attacker_uuid, UtcTime since,
                                            std::size_t max) override;
  Result<std::optional<Beacon>> beacon_of(std::string_view attacker_uuid) override;
  Result<std::vector<std::string>> identities_after(std::string_view after, UtcTime since,
                                                    std::size_t max) override;
  Result<std::optional<SharedPassword>> shared_password(std::string_view identity_uuid) override;
  Result<std::optional<std::string>> reused_secret(std::string_view finding) override;

 private:
  // Whether a table of the framework is there; asked once.
  Result<bool> has(std::string_view table);
  Result<void> count_stored(std::string_view identity_uuid, std::optional<SharedPassword>& best);
  Result<void> count_imported(std::string_view identity_uuid, std::optional<SharedPassword>& best);

  Kept kept_;
  std::map<std::string, bool, std::less<>> tables_;
  Prepared table_;
  Prepared logins_;
  Prepared logins_of_;
  Prepared events_;
  Prepared events_of_;
  Prepared beacons_;
  Prepared beacon_;
  Prepared identities_;
  Prepared stored_passwords_;
  Prepared imported_passwords_;
  Prepared reused_;
};

}  // namespace decnet::storage::sqlite
