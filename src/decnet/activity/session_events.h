// Session events: what the tagger gets of a session that is over, from the bus as from history.
#pragma once

#include <cstddef>
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

// The newest logins, or transfers, of one session. Their texts are the attacker's, and JSON
// escaping makes six bytes of one: what counts is what an entry takes in a message.
class SessionEntries {
 public:
  static constexpr std::size_t kMaxCount = 256;
  static constexpr std::size_t kMaxBytes = std::size_t{128} << 10;

  // Returns how many of the oldest gave way to it.
  std::size_t add(Json entry);
  [[nodiscard]] const Json::Array& all() const { return entries_; }
  // As JSON, with a comma each.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Gives them away; none are left.
  Json::Array take();

 private:
  Json::Array entries_;
  std::size_t bytes_ = 0;
};

}  // namespace decnet::activity
