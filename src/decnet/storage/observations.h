// Observations: where importers put what a honeypot log says about attackers.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/model/event.h"

namespace decnet::storage {

// One command an attacker typed.
struct ObservedCommand {
  std::string id;  // stable: the same log line always has the same one
  UtcTime time;
  Json
      element;  // as stored in attackers.commands: id, session_id, decky, service, command_text, ts
};

// One login attempt. Kept in decnet_auth_attempt, for rules about guessing and default passwords.
struct ObservedLogin {
  std::string id;  // stable
  UtcTime time;
  std::string session_id;
  std::string decky;
  std::string service;
  std::string username;
  std::string password;
  bool success = false;
};

// Anything else an attacker did: an event as the tagger gets it, but for its attacker and its time.
// Kept in decnet_event.
struct ObservedEvent {
  std::string id;  // stable; the source_id of the event
  SourceKind kind = SourceKind::kSession;
  UtcTime time;  // of one that stands for several: of the first
  std::string session_id;
  std::string decky;
  Json payload;  // an object
};

// A canary token that somebody opened. Kept in canary_triggers.
struct ObservedTrigger {
  std::string id;     // stable
  std::string token;  // not empty
  UtcTime time;
  std::optional<std::string> user_agent;
  std::optional<std::string> request_path;
  std::optional<std::string> dns_qname;
  Json headers;  // an object
};

// What a batch of log lines adds to one attacker.
struct Observation {
  std::string ip;
  UtcTime first_seen;
  UtcTime last_seen;
  std::set<std::string> services;
  std::set<std::string> deckies;
  std::vector<ObservedCommand> commands;
  std::vector<ObservedLogin> logins;
  std::vector<ObservedEvent> events = {};
  std::vector<ObservedTrigger> triggers = {};
};

struct MergeOutcome {
  std::uint64_t new_attackers = 0;
  std::uint64_t new_commands = 0;
  std::uint64_t known_commands = 0;  // stored before, or met twice
  std::uint64_t new_logins = 0;
  std::uint64_t known_logins = 0;
  std::uint64_t refused_commands = 0;  // the attacker's history is full (kMaxHistoryBytes)
  bool logins_kept = true;             // false on a framework database without decnet_auth_attempt
  std::uint64_t new_events = 0;        // events and triggers
  std::uint64_t known_events = 0;
  bool events_kept = true;  // false on a framework database without decnet_event

  // Which were new; they point into the observations given. The commands of one attacker are in
  // the order of time.
  struct NewCommand {
    const Observation* attacker;
    const ObservedCommand* command;
  };
  struct NewLogin {
    const Observation* attacker;
    const ObservedLogin* login;
  };
  struct NewEvent {
    const Observation* attacker;
    const ObservedEvent* event;
  };
  struct NewTrigger {
    const Observation* attacker;
    const ObservedTrigger* trigger;
  };
  std::vector<NewCommand> commands;
  std::vector<NewLogin> logins;
  std::vector<NewEvent> events;
  std::vector<NewTrigger> triggers;
};

// A command history may grow to the size of MySQL's MEDIUMTEXT, the smallest column it lives in.
inline constexpr std::size_t kMaxHistoryBytes = (std::size_t{16} << 20) - 1;

class Observations {
 public:
  virtual ~Observations() = default;

  // Adds all of it in one transaction, or nothing on an error. An attacker is the row with that ip
  // (of several, the one seen last), else a new row whose uuid is the UUIDv5 of "attacker|<ip>" in
  // the namespace of tag uuids. Merging the same observations again changes nothing.
  // Of an event observed again the earlier time is kept.
  // A command or login stored without a service gains it when it is observed again with one: what
  // is stored follows from the observations, not from their order.
  virtual Result<MergeOutcome> merge(std::span<const Observation> observations) = 0;
};

}  // namespace decnet::storage
