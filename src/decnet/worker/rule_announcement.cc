#include "decnet/worker/rule_announcement.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/base/uuid.h"
#include "decnet/bus/envelope.h"
#include "decnet/bus/topic.h"
#include "decnet/worker/topics.h"

namespace decnet::worker {
namespace {

using rules::State;
using rulestore::Change;

std::string time_text(const std::optional<UtcTime>& time) {
  return time ? to_sql_text(*time) : std::string();
}

// What tells one setting of a state from every other one; empty when nothing does.
std::string identity_of(const State& state) {
  if (!state.set_at) return {};
  return fmt::format("{}|{}|{}|{}", to_string(state.kind), state.set_by, time_text(state.set_at),
                     time_text(state.expires_at));
}

std::string message_id(const std::string& topic, std::string_view what,
                       const std::string& identity) {
  if (identity.empty()) return bus::random_id();
  return sha256_hex(fmt::format("{}|{}|{}", topic, what, identity)).substr(0, 32);
}

}  // namespace

std::optional<storage::OutboxMessage> announce(const Change& change, UtcTime now) {
  const std::string& rule = change.rule.text();
  if (!bus::is_token(rule)) {
    log::debug("bus.publish",
               fmt::format("\"{}\" is no topic token: not announced", printable(rule)));
    return std::nullopt;
  }
  storage::OutboxMessage message;
  message.created_at = now;
  const std::string state_topic = std::string(kRuleStatePrefix) + rule;
  switch (change.kind) {
    case Change::Kind::kDefinition:
      message.topic = std::string(kRuleReloadedPrefix) + rule;
      message.payload =
          Json::object({{"rule_id", rule}, {"rule_version", change.definition->version}});
      message.id = bus::random_id();
      break;
    case Change::Kind::kDeleted:
      message.topic = std::string(kRuleReloadedPrefix) + rule;
      message.payload = Json::object({{"rule_id", rule}, {"deleted", true}});
      message.id = bus::random_id();
      break;
    case Change::Kind::kState: {
      const State state = change.state.value_or(State());
      message.topic = state_topic;
      message.payload = Json::object({{"rule_id", rule},
                                      {"state", to_string(state.kind)},
                                      {"set_by", to_valid_utf8(state.set_by)}});
      // One that was taken away is known by what it was.
      message.id = state.set_at ? message_id(state_topic, "set", identity_of(state))
                                : message_id(state_topic, "reset",
                                             identity_of(change.state_before.value_or(State())));
      break;
    }
    case Change::Kind::kAutoRevert:
      message.topic = state_topic;
      message.payload = Json::object({{"rule_id", rule}, {"auto_revert", true}});
      message.id = message_id(state_topic, "auto_revert",
                              identity_of(change.state_before.value_or(State())));
      break;
  }
  return message;
}

}  // namespace decnet::worker
