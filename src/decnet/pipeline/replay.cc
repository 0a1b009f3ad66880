#include "decnet/pipeline/replay.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "decnet/pipeline/replay_run.h"
#include "decnet/pipeline/stored_events.h"

namespace decnet::pipeline {
namespace {

Result<void> replay_row(ReplayRun& run, storage::AttackerCommands attacker) {
  DECNET_TRY(const auto known, run.recognise(attacker));
  for (std::size_t i = 0; i < attacker.commands.size(); ++i) {
    if (run.stopped()) return {};
    ++run.counters.commands;
    auto event = command_event(attacker, i, std::move(attacker.commands[i]));
    if (!event) continue;
    const bool is_known = !known.empty() && known[i];
    if (is_known) {
      run.counters.tagged_live += known[i]->in == storage::SeenIn::kLive ? 1 : 0;
      if (known[i]->source_id.empty()) continue;
      event->source_id = known[i]->source_id;
    }
    DECNET_CHECK(run.tag(*event, !is_known));
  }
  return {};
}

Result<void> replay_row(ReplayRun& run, storage::CanaryTrigger trigger) {
  return run.tag(trigger_event(std::move(trigger)), false);
}

template <typename Row>
Result<void> replay_rows(ReplayRun& run, storage::RowStream<Row>& rows) {
  while (!run.stopped()) {
    DECNET_TRY(auto row, rows.next());
    if (!row) return {};
    ++run.counters.rows;
    DECNET_CHECK(replay_row(run, *std::move(row)));
    run.row_done();
  }
  return {};
}

template <typename Row>
Result<ReplayCounters> replay(std::unique_ptr<storage::RowStream<Row>> rows,
                              const tagging::Tagger& tagger, storage::Database* store,
                              const ReplayOptions& options) {
  ReplayRun run(tagger, store, options);
  const auto read = replay_rows(run, *rows);
  const auto stored = run.finish();  // also when reading failed: it is tagged already
  if (!read) return fail(read.error());
  if (!stored) return fail(stored.error());
  run.counters.skipped_rows = rows->skipped();
  return run.counters;
}

}  // namespace

Result<ReplayCounters> replay_commands(storage::History& history, const tagging::Tagger& tagger,
                                       storage::Database* store, const ReplayOptions& options) {
  DECNET_TRY(auto rows, history.iter_attacker_commands_since(options.since));
  return replay(std::move(rows), tagger, store, options);
}

Result<ReplayCounters> replay_canary_triggers(storage::History& history,
                                              const tagging::Tagger& tagger,
                                              storage::Database* store,
                                              const ReplayOptions& options) {
  DECNET_TRY(auto rows, history.iter_canary_triggers_since(options.since));
  return replay(std::move(rows), tagger, store, options);
}

}  // namespace decnet::pipeline
