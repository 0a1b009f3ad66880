// Event messages: what an import observes besides commands, as messages that the worker makes the
// same events of that a replay makes of the stored rows.
#pragma once

#include <optional>
#include <string_view>

#include "decnet/base/clock.h"
#include "decnet/model/event.h"
#include "decnet/storage/observations.h"
#include "decnet/storage/outbox.h"

namespace decnet::sessions {

inline constexpr const char* kEventTopic = "attacker.fingerprinted";

// On attacker.fingerprinted, whose type is the event's kind. The worker looks the address up.
// Nothing when it would be larger than the bus takes. The id follows from what the message says.
std::optional<storage::OutboxMessage> event_message(const Event& event, std::string_view ip,
                                                    UtcTime now);

// On canary.<token>.triggered.
std::optional<storage::OutboxMessage> trigger_message(const storage::ObservedTrigger& trigger,
                                                      std::string_view ip, UtcTime now);

}  // namespace decnet::sessions
