// Cowrie: reads the JSON log of a Cowrie SSH/Telnet honeypot (cowrie.json, every version since
// 2017) into observations of attackers. docs/importers.md has the format, field by field.
//
// What is kept: cowrie.command.input (command.success and .failed repeat it), cowrie.login.success
// and .failed, files fetched and uploaded, the HASSH of clients; other events only move an
// attacker's first and last sight, and say on which sensor and through which service. A line that
// cannot be read costs itself: it is counted, and the first ones are named.
#pragma once

#include <memory>

#include "decnet/base/error.h"
#include "decnet/importers/cowrie_sessions.h"
#include "decnet/importers/import.h"
#include "decnet/importers/line_source.h"
#include "decnet/storage/observations.h"

namespace decnet::importers {

// A reader for one log, from its first line on: it remembers sessions (boundedly), because some
// lines leave the address or the service to the line that opened the session.
LineReader cowrie_reader();
// The same with a memory of its caller's, who may know of sessions that began before the first
// line.
LineReader cowrie_reader(std::shared_ptr<CowrieSessions> sessions);

// import_lines() with a cowrie_reader(). What is stored follows from the set of files imported, not
// from their order or how often, because ids follow from what a line says.
Result<void> import_cowrie(LineSource& source, storage::Observations& observations,
                           const ImportOptions& options, ImportReport& report);

}  // namespace decnet::importers
