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
  // What is stored together: so many lines, or fewer when they hold so many bytes.
  std::size_t batch_lines = 5000;
  std::size_t batch_bytes = std::size_t{32} << 20;
  std::function<void(const ImportReport&, const LineSource&)> progress = {};  // after each batch
  std::function<bool()> stop = {};  // asked after each batch; true ends the import there
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
