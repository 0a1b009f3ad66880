// How `decnet import` says what it did.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "decnet/base/json.h"
#include "decnet/importers/import.h"

namespace decnet::cli {

using Seconds = std::chrono::duration<double>;

// What became of sessions.
struct SessionReport {
  std::uint64_t sessions = 0;   // messages about sessions that ended, put into the outbox
  std::uint64_t commands = 0;   // in them
  std::uint64_t refused = 0;    // commands too large for the bus
  std::uint64_t published = 0;  // messages that the bus took
  std::uint64_t waiting = 0;    // in the outbox
  std::uint64_t left_out = 0;   // logins and transfers of sessions that have too many for the bus
};

// A name as the value of key=value: quoted where it would break the line or the next key.
std::string as_value(const std::string& name);

void add(importers::ImportReport& total, const importers::ImportReport& file);

// "lines=412 events=410 …", without the time it took, and the same as members of a JSON object.
std::string counters_text(const importers::ImportReport& report);
void add_counters(Json& line, const importers::ImportReport& report);

// "sessions=12 published=12 waiting=0"
std::string counters_text(const SessionReport& report);
void add_counters(Json& line, const SessionReport& report);

}  // namespace decnet::cli
