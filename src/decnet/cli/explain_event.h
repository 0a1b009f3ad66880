// What `ttp-explain` is asked about, as an event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/base/json.h"
#include "decnet/model/event.h"

namespace decnet::cli {

// The event of a command line an attacker typed.
Event explained_command(std::string text);

// The event of a payload of that kind. That of an email may have the whole message as raw_message:
// its payload is then that of a stored mail. Errors: kInvalid for a kind that is unknown or stands
// for several events, for a payload that is no object and for a message that is not read.
Result<Event> explained_payload(std::string_view kind, Json payload);

// The same as events: one, or, of kind opencanary, those that the importer makes of a line of such
// a log. An object with `logtype` is enough of a line. None for a logtype that is no contact.
Result<std::vector<Event>> explained_events(std::string_view kind, Json payload);

// The kinds explained_payload takes, for messages: "command, session, …".
std::string explained_kinds();

}  // namespace decnet::cli
