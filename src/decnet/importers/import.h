// Import: reads a log line by line and stores what it says, whatever program wrote it. A log's
// own language is a LineReader; this is the rest: counting, batching, damage, progress, stopping.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/importers/line_source.h"
#include "decnet/importers/observation_batch.h"
#include "decnet/storage/observations.h"

namespace decnet::importers {

// What was read and what became of it: lines = events + ignored + damaged. Several files imported
// with the same report add up.
struct ImportReport {
  std::uint64_t lines = 0;
  std::uint64_t events = 0;         // lines that were events with an address and a time
  std::uint64_t ignored = 0;        // readable, but nothing to keep (no address, other program)
  std::uint64_t damaged = 0;        // lines that could not be read
  std::vector<std::string> damage;  // "file:line: reason" of the first kMaxNamedLines
  storage::MergeOutcome stored;

  static constexpr std::size_t kMaxNamedLines = 10;
};

struct ImportOptions {
  // What is stored together, in one transaction: so many lines, or fewer when what they say takes
  // so much memory. Large batches are what makes an import fast: the database keeps an attacker's
  // history in one piece and writes it anew for each batch that adds to it.
  std::size_t batch_lines = 200'000;
  std::size_t batch_bytes = std::size_t{64} << 20;

  // Stores a batch, instead of observations.merge() alone: for what is to be kept in the same
  // transaction. Called for a batch without observations too, because its lines count as read.
  std::function<Result<storage::MergeOutcome>(const ObservationBatch&)> store = {};
  bool track_sessions = false;  // as ObservationBatch::track_sessions()

  // Gets "file:line: reason" of each damaged line, instead of ImportReport::damage.
  std::function<void(const std::string&)> damaged = {};

  // Both are called every tick_lines lines and after each batch. When `stop` answers true, what was
  // read is stored and the import ends there.
  std::size_t tick_lines = 5'000;
  std::function<void(const ImportReport&, const LineSource&)> progress = {};
  std::function<bool()> stop = {};
};

enum class LineUse { kEvent, kIgnored };
// Puts what one line says into the batch. An error is a damaged line: its message is the reason.
using LineReader = std::function<Result<LineUse>(std::string_view line, ObservationBatch& batch)>;

// Reads `source` to its end. A silent pipe counts as the end of a batch. Errors: of the source
// (with its name) and of the storage; what was stored before stays, and what was read before the
// source broke is stored.
Result<void> import_lines(LineSource& source, const LineReader& read,
                          storage::Observations& observations, const ImportOptions& options,
                          ImportReport& report);

}  // namespace decnet::importers
