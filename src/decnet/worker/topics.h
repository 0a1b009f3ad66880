// The topics of the live worker: exactly these are subscribed, and these are published.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "decnet/model/event.h"

namespace decnet::worker {

// What a worker calls itself on the bus.
inline constexpr const char* kClientName = "ttp";

// In the DECNET framework a test compares this set: no other attacker.*, identity.* or ttp.* topic.
inline constexpr std::array<std::string_view, 9> kSubscriptions = {
    "attacker.session.ended",    "attacker.observed", "attacker.intel.enriched",
    "attacker.fingerprinted",    "identity.formed",   "identity.merged",
    "credential.reuse.detected", "email.received",    "canary.>"};

inline constexpr std::string_view kControlTopic = "system.ttp.control";
// The broker's heartbeat, which says what it had to drop.
inline constexpr std::string_view kBrokerHealthTopic = "system.bus.health";
inline constexpr std::string_view kHealthTopic = "system.ttp.health";
inline constexpr std::string_view kTaggedTopic = "ttp.tagged";
inline constexpr std::string_view kRuleFiredPrefix = "ttp.rule.fired.";
inline constexpr std::string_view kRuleReloadedPrefix = "ttp.rule.reloaded.";
inline constexpr std::string_view kRuleStatePrefix = "ttp.rule.state.";
inline constexpr std::string_view kRuleSuppressedTopic = "ttp.rule.suppressed";

// The source kind of a message: by its topic, for attacker.fingerprinted by its envelope's type.
// Empty when the message is not to be dispatched (no kind; canary tokens placed or revoked).
std::string source_kind_of(std::string_view topic, std::string_view type);

}  // namespace decnet::worker
