// Cowrie: reads the JSON log of a Cowrie SSH/Telnet honeypot (cowrie.json, every version since
// 2017) into observations of attackers.
//
// What is kept: cowrie.command.input (command.success and .failed repeat it), cowrie.login.success
// and .failed; other events only move an attacker's first and last sight. A line that cannot be
// read costs itself: it is counted, and the first ones are named.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/importers/line_source.h"
#include "decnet/storage/observations.h"

namespace decnet::importers {

struct ImportReport {
  std::uint64_t lines = 0;
  std::uint64_t events = 0;         // lines that were Cowrie events with an address and a time
  std::uint64_t ignored = 0;        // readable, but nothing to keep (no address, other program)
  std::uint64_t damaged = 0;        // lines that could not be read
  std::vector<std::string> damage;  // "file:line: reason" of the first kMaxNamedLines
  storage::MergeOutcome stored;

  static constexpr std::size_t kMaxNamedLines = 10;
};

struct ImportOptions {
  std::size_t batch_lines = 5000;  // lines read before they are stored together
  std::function<void(const ImportReport&, const LineSource&)> progress;  // after each batch
  std::function<bool()> stop;  // asked after each batch; true ends the import there
};

// Reads `source` to its end and stores what it says. Memory is bounded by one batch and the largest
// attacker. Errors: of the source (with its name) and of the storage; what was stored before stays.
Result<void> import_cowrie(LineSource& source, storage::Observations& observations,
                           const ImportOptions& options, ImportReport& report);

}  // namespace decnet::importers
