// CowrieLine: what one line of a Cowrie log says by itself. Pure: no state, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"

namespace decnet::importers {

struct CowrieLine {
  enum class Kind : std::uint8_t {
    kOther,
    kSessionStart,
    kSessionEnd,
    kCommand,
    kLogin,
    kTransfer,
    kKeyExchange
  };

  Kind kind = Kind::kOther;
  UtcTime time;
  std::string ip;                  // canonical_address(); empty when the line has none
  std::string sensor;              // empty when it names none
  std::string session;             // empty when it names none
  std::string service;             // "ssh", "telnet", or empty when the line does not say
  std::string command;             // kCommand: as typed; holds more than blanks
  std::string username, password;  // kLogin
  bool success = false;            // kLogin
  bool upload = false;  // kTransfer: the attacker's own copy; else the honeypot fetched it
  std::string url, name, digest;                    // kTransfer, as far as the line says
  std::string hassh = {};                           // kKeyExchange
  std::optional<double> duration_s = std::nullopt;  // kSessionEnd, when it says one
};

// Reads one line, of any generation of the format. Nothing: readable, but no Cowrie event (another
// program's JSON, an empty line). Error: the reason why the line is damaged.
Result<std::optional<CowrieLine>> read_cowrie_line(std::string_view line);

// The stable id of a command, login, transfer or key exchange: the same event in another file, or
// read again, has the same one; another instant, session, sensor or text gives another.
std::string cowrie_id(const CowrieLine& line);

}  // namespace decnet::importers
