// Session events: what the tagger gets of a session that is over, from the bus as from history.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "decnet/activity/login_events.h"
#include "decnet/activity/stored_event.h"

namespace decnet::activity {

// The texts of a session's `commands` (texts, or objects with command_text, text or command), in
// order. Views of `payload`.
std::vector<std::string_view> command_texts(const Json& payload);

// The session with the facts of its commands (session_facts.h), then one more event for each
// further file of secrets that it names: rules about files read one field, matched_path. Their ids
// are
// "<session's>#file:<path>".
std::vector<Event> session_events(Event session);

// Entries of `logins` and `transfers` in a session's payload: {outcome, username, ts} and
// {transfer, payload_text, ts}. Never a password.
Json session_login(const storage::ObservedLogin& login, LoginOutcome outcome);
Json session_transfer(const storage::ObservedEvent& transfer);

// How many entries of each a session keeps.
inline constexpr std::size_t kMaxSessionEntries = 256;

}  // namespace decnet::activity
