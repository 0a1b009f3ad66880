// EndedSession: a honeypot's session that is over, as the message attacker.session.ended says it.
#pragma once

#include <cstddef>
#include <string>

#include "decnet/base/clock.h"
#include "decnet/base/json.h"
#include "decnet/bus/envelope.h"
#include "decnet/storage/outbox.h"

namespace decnet::sessions {

inline constexpr const char* kSessionEndedTopic = "attacker.session.ended";

// Room for everything of a message but its commands.
inline constexpr std::size_t kMaxCommandBytes = bus::kMaxBodyBytes - (std::size_t{16} << 10);

struct EndedSession {
  std::string ip;
  std::string decky;
  std::string id;  // empty: the log names none
  std::string service;
  UtcTime ended;
  double duration_s = 0.0;
  Json::Array commands;        // as of session_command()
  Json::Array logins = {};     // as of activity::session_login()
  Json::Array transfers = {};  // as of activity::session_transfer()
};

// What a message says of a command as it is stored in an attacker's history: id, command_text, ts,
// decky and service; the same id, so that the command has the same tags from wherever it comes.
Json session_command(const Json& stored);

// The message. Its id follows from what it says.
storage::OutboxMessage session_ended(EndedSession session, UtcTime now);

}  // namespace decnet::sessions
