// Stored events: what a row of history looks like to the tagger. The ids decide the uuids of the
// tags, so they are fixed for ever.
#pragma once

#include <cstddef>
#include <optional>

#include "decnet/base/json.h"
#include "decnet/model/event.h"
#include "decnet/storage/history.h"
#include "decnet/storage/seen_commands.h"

namespace decnet::pipeline {

// The event of one entry of an attacker's command history; nothing when it has no text.
//
//   source_id   the first truthy of id, uuid, command_id; else "<attacker uuid>#cmd<index>"
//   session_id  session_id when truthy; decky_id: the first truthy of decky_id, decky
//   payload     every key of the entry, and command_text: the first truthy of command_text, text
//               and command (what the framework's profiler writes); one that is no string is no
//               text, whatever the others are
//
// Ids that are no strings are converted to Python's text form. `entry` is an object; `index` is its
// position among the objects of the history, those without text included.
std::optional<Event> command_event(const storage::AttackerCommands& attacker, std::size_t index,
                                   Json entry);

// What a command is recognised by when it is met again, of an entry of a history or the payload of
// a live command's event: its text as above, ts or timestamp, and decky or decky_id. Nothing when
// it has no text or no time. The views are of `entry`.
std::optional<storage::TypedCommand> typed_command(const Json& entry);

// The event of a stored trigger: payload has the row's columns, null where it has none,
// ua_signature (the user agent, or "") and headers. Without an attacker it has no anchor, and
// yields no tags.
Event trigger_event(storage::CanaryTrigger trigger);

}  // namespace decnet::pipeline
