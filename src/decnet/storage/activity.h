// Activity: what is stored of attackers besides their commands: logins, other events, how they
// beacon and which passwords they share. Read page by page, so that nobody holds more than a page.
//
// Without the table it would be read from (our own on a framework database, the framework's on a
// database without them), there is nothing to read.
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, not answering. Rows that cannot be read are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/storage/observations.h"

namespace decnet::storage {

struct AttackerLogin {
  std::string attacker_uuid;
  std::optional<std::string> identity_id;
  ObservedLogin login;
};

struct AttackerEvent {
  std::int64_t row = 0;  // grows
  std::string attacker_uuid;
  std::optional<std::string> identity_id;
  ObservedEvent event;
};

// How regularly an attacker came back.
struct Beacon {
  std::string attacker_uuid;
  std::optional<std::string> identity_id;
  double interval_s = 0;
  double jitter = 0;  // a share of the interval: 0.042 for 4.2 %
};

// A password that one identity tried on several accounts.
struct SharedPassword {
  std::string sha256;
  std::int64_t accounts = 0;
};

class Activity {
 public:
  virtual ~Activity() = default;

  // Logins from `since` on of all attackers, by attacker, time and id: those behind `after`, if
  // any, at most `max`.
  virtual Result<std::vector<AttackerLogin>> logins_after(const AttackerLogin* after, UtcTime since,
                                                          std::size_t max) = 0;
  // Those of one attacker, by time and id, from the newest back: at most `max`.
  virtual Result<std::vector<ObservedLogin>> logins_of(std::string_view attacker_uuid,
                                                       UtcTime since, std::size_t max) = 0;

  // Events from `since` on, in the order of rows: those behind row `after`.
  virtual Result<std::vector<AttackerEvent>> events_after(std::int64_t after, UtcTime since,
                                                          std::size_t max) = 0;
  // Of one kind and one attacker, by time and id, from the newest back: at most `max`.
  virtual Result<std::vector<ObservedEvent>> events_of(std::string_view attacker_uuid,
                                                       SourceKind kind, std::size_t max) = 0;

  // Beacons of attackers seen since then, by attacker.
  virtual Result<std::vector<Beacon>> beacons_after(std::string_view attacker_uuid, UtcTime since,
                                                    std::size_t max) = 0;
  virtual Result<std::optional<Beacon>> beacon_of(std::string_view attacker_uuid) = 0;

  // The identities of attackers seen since then, in order: those behind `after`.
  virtual Result<std::vector<std::string>> identities_after(std::string_view after, UtcTime since,
                                                            std::size_t max) = 0;
  // The password that the identity's attackers tried on most accounts (two at least); of several
  // the one of the smallest digest.
  virtual Result<std::optional<SharedPassword>> shared_password(std::string_view identity_uuid) = 0;

  // Digest of the secret that a finding of credential reuse is about.
  virtual Result<std::optional<std::string>> reused_secret(std::string_view finding) = 0;
};

}  // namespace decnet::storage
