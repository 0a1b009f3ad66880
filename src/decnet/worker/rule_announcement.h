// What is said on the bus about changes of rules and their states: one message a change, never
// batched.
#pragma once

#include <optional>

#include "decnet/base/clock.h"
#include "decnet/rulestore/changes.h"
#include "decnet/storage/outbox.h"

namespace decnet::worker {

// ttp.rule.reloaded.<rule> for a definition, ttp.rule.state.<rule> for a state. Nothing, and a log
// line, for an id that is no topic token: states may be of any. The message id of a state follows
// from when and by whom it was set, so that several workers on one store say one message; each
// worker's word that it took over a definition is a message of its own.
std::optional<storage::OutboxMessage> announce(const rulestore::Change& change, UtcTime now);

}  // namespace decnet::worker
