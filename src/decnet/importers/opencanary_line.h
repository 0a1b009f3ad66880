// OpenCanaryLine: what one line of an OpenCanary log says by itself, as the events it stands for.
// Pure: no state, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/storage/observations.h"

namespace decnet::importers {

struct OpenCanaryLine {
  std::int64_t logtype = 0;
  UtcTime time;
  std::string ip;       // canonical_address(); empty when the line has none
  std::string node;     // node_id; empty when it names none
  std::string service;  // "ssh", "portscan", …; empty for what is no contact of an attacker
  std::optional<storage::ObservedLogin> login = std::nullopt;  // with a user name or a password
  // The contact itself ("session", field decoy_event), and a web request ("http_request").
  std::vector<storage::ObservedEvent> events = {};
};

// Reads one line. Nothing: readable, but no contact of an attacker (a message of OpenCanary itself,
// another program's JSON, a logtype that is not known). Error: the reason why the line is damaged.
Result<std::optional<OpenCanaryLine>> read_opencanary_line(std::string_view line);

// The same of an object that need not have an address or a time: what `logtype` and `logdata` mean.
std::optional<OpenCanaryLine> opencanary_contact(const Json& object);

// What a contact is called: "ssh.login", "portscan.syn", …; empty for a logtype that is none.
std::string_view decoy_event(std::int64_t logtype);

}  // namespace decnet::importers
