#include "decnet/pipeline/replay.h"

#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "decnet/pipeline/stored_events.h"
#include "decnet/pipeline/tag_writer.h"

namespace decnet::pipeline {
namespace {

// One slice on its way: events in, batches of tags out.
class Run {
 public:
  Run(const tagging::Tagger& tagger, storage::Database* store, const ReplayOptions& options)
      : tagger_(tagger), options_(options) {
    if (store != nullptr) writer_.emplace(*store);
  }

  ReplayCounters counters;

  [[nodiscard]] bool stopped() {
    if (options_.stop && options_.stop()) counters.interrupted = true;
    return counters.interrupted;
  }

  Result<void> tag(const Event& event) {
    auto tags = tagger_.tag(event);
    ++counters.events;
    counters.tags += tags.size();
    if (!writer_) return {};
    pending_.insert(pending_.end(), std::make_move_iterator(tags.begin()),
                    std::make_move_iterator(tags.end()));
    if (pending_.size() < options_.batch_size) return {};
    return writer_->write(std::exchange(pending_, {}));
  }

  void row_done() {
    if (!options_.progress) return;
    count_stored();
    options_.progress(counters);
  }

  // Stores the rest and waits until it is.
  Result<void> finish() {
    if (!writer_) return {};
    if (!pending_.empty()) DECNET_CHECK(writer_->write(std::exchange(pending_, {})));
    DECNET_CHECK(writer_->finish());
    count_stored();
    return {};
  }

 private:
  void count_stored() {
    if (!writer_) return;
    counters.inserted = writer_->inserted();
    counters.refused = writer_->refused();
  }

  const tagging::Tagger& tagger_;
  const ReplayOptions& options_;
  std::optional<TagWriter> writer_;  // none in a dry run
  std::vector<Tag> pending_;
};

Result<void> replay_row(Run& run, storage::AttackerCommands attacker) {
  for (std::size_t i = 0; i < attacker.commands.size(); ++i) {
    if (run.stopped()) return {};
    ++run.counters.commands;
    const auto event = command_event(attacker, i, std::move(attacker.commands[i]));
    if (event) DECNET_CHECK(run.tag(*event));
  }
  return {};
}

Result<void> replay_row(Run& run, storage::CanaryTrigger trigger) {
  return run.tag(trigger_event(std::move(trigger)));
}

template <typename Row>
Result<void> replay_rows(Run& run, storage::RowStream<Row>& rows) {
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
  Run run(tagger, store, options);
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
