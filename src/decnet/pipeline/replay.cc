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

  // What is known of the commands of a history, in its order; empty when of none.
  Result<std::vector<std::optional<storage::SeenAs>>> recognise(
      const storage::AttackerCommands& attacker) {
    std::vector<std::optional<storage::SeenAs>> known;
    if (options_.seen == nullptr || !options_.seen->kept()) return known;
    DECNET_TRY(const auto forgotten, forgotten_until());
    std::vector<storage::TypedCommand> commands;
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < attacker.commands.size(); ++i) {
      const auto command = typed_command(attacker.commands[i]);
      if (!command) continue;
      commands.push_back(*command);
      positions.push_back(i);
    }
    DECNET_TRY(auto found, options_.seen->find(attacker.uuid, commands, std::nullopt));
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i] && commands[i].instant < forgotten) ++counters.older_than_record;
      if (!found[i]) continue;
      known.resize(attacker.commands.size());
      known[positions[i]] = std::move(found[i]);
    }
    return known;
  }

  // `record`: as tagged, if it is.
  Result<void> tag(const Event& event, bool record) {
    auto tags = tagger_.tag(event);
    ++counters.events;
    counters.tags += tags.size();
    if (!writer_) return {};
    if (record && !tags.empty()) note(event);
    pending_.insert(pending_.end(), std::make_move_iterator(tags.begin()),
                    std::make_move_iterator(tags.end()));
    if (pending_.size() < options_.batch_size) return {};
    return write();
  }

  void row_done() {
    if (!options_.progress) return;
    count_stored();
    options_.progress(counters);
  }

  // Stores the rest and waits until it is.
  Result<void> finish() {
    if (!writer_) return {};
    DECNET_CHECK(write());
    DECNET_CHECK(writer_->finish());
    count_stored();
    return {};
  }

 private:
  Result<UtcTime> forgotten_until() {
    if (!forgotten_until_) {
      DECNET_TRY(const auto time, options_.seen->forgotten_until());
      forgotten_until_ = time.value_or(UtcTime{});
    }
    return *forgotten_until_;
  }

  void note(const Event& event) {
    const auto command = typed_command(event.payload);
    if (!command || !options_.record_from || command->instant < *options_.record_from) return;
    seen_.push_back({*event.attacker_uuid, std::string(command->decky), std::string(command->text),
                     command->instant, event.source_id, storage::SeenIn::kHistory});
  }

  Result<void> write() {
    return writer_->write(std::exchange(pending_, {}), std::exchange(seen_, {}));
  }

  void count_stored() {
    if (!writer_) return;
    counters.inserted = writer_->inserted();
    counters.refused = writer_->refused();
  }

  const tagging::Tagger& tagger_;
  const ReplayOptions& options_;
  std::optional<TagWriter> writer_;  // none in a dry run
  std::vector<Tag> pending_;
  std::vector<storage::SeenCommand> seen_;  // of pending_
  std::optional<UtcTime> forgotten_until_;
};

Result<void> replay_row(Run& run, storage::AttackerCommands attacker) {
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

Result<void> replay_row(Run& run, storage::CanaryTrigger trigger) {
  return run.tag(trigger_event(std::move(trigger)), false);
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
