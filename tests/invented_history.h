// Invented attackers and what they typed: the same for the same seed but for the times, which
// lie within the last day; addresses from the documentation ranges. Shared by tests and benchmarks.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "tests/sqlite_file.h"

namespace decnet::test {

using Random = std::mt19937_64;

// A command line as honeypots see them: about every second one shows a technique.
std::string invented_command(Random& random);

struct InventedSize {
  std::size_t attackers = 100;
  std::size_t commands = 10;  // of each attacker
  std::size_t triggers = 0;   // of a canary token
};

// Fills `attackers` and `canary_triggers` of a database that has these tables. The histories mix
// every shape there is: with ids, as the framework's profiler writes them, without text, and
// elements that are no objects.
void invent_history(SqliteFile& database, std::uint64_t seed, const InventedSize& size);

// A Cowrie log of so many sessions: connect, login, commands, close.
std::string invented_cowrie_log(std::uint64_t seed, std::size_t sessions, std::size_t commands);

}  // namespace decnet::test
