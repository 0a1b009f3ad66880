// AccessLog: reads the access log of a web server (common or combined format, as Apache, nginx and
// most others write it) into observations of attackers. docs/importers.md has the format.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/importers/http_payload.h"
#include "decnet/importers/import.h"

namespace decnet::importers {

struct AccessLogLine {
  UtcTime time;
  std::string ip;    // canonical_address(); empty when the log has a host name there
  std::string host;  // of "%v:%p" before the address, without the port; empty when there is none
  HttpRequest request;
};

// Reads one line. Nothing: an empty line or a comment. Error: the reason why it is damaged. Pure.
Result<std::optional<AccessLogLine>> read_access_log_line(std::string_view line);

// A reader for one log. `decky`: the decoy that the server is; empty: the line's virtual host, if
// it names one.
LineReader access_log_reader(std::string decky);

}  // namespace decnet::importers
