#include "decnet/pipeline/replay.h"

#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/pipeline/stored_events.h"

namespace decnet::pipeline {
namespace {

constexpr std::uint64_t kMaxNamedRefusals = 10;

// One slice on its way: events in, batches of tags out.
class Run {
 public:
  Run(const tagging::Tagger& tagger, storage::Repository& repository, const ReplayOptions& options)
      : tagger_(tagger), repository_(repository), options_(options) {}

  ReplayCounters counters;

  [[nodiscard]] bool stopped() {
    if (options_.stop && options_.stop()) counters.interrupted = true;
    return counters.interrupted;
  }

  Result<void> tag(const Event& event) {
    auto tags = tagger_.tag(event);
    ++counters.events;
    counters.tags += tags.size();
    if (options_.dry_run) return {};
    pending_.insert(pending_.end(), std::make_move_iterator(tags.begin()),
                    std::make_move_iterator(tags.end()));
    if (pending_.size() < options_.batch_size) return {};
    return flush();
  }

  Result<void> flush() {
    if (pending_.empty()) return {};
    const auto outcome = repository_.insert_tags(pending_);
    if (outcome) {
      counters.inserted += outcome->inserted.size();
      for (const auto& refused : outcome->refused) say_refused(refused);
    }
    pending_.clear();  // what failed is not tried again here: the next run does
    if (!outcome) return fail(outcome.error());
    return {};
  }

  void row_done() const {
    if (options_.progress) options_.progress(counters);
  }

 private:
  void say_refused(const storage::Refused& refused) {
    if (++counters.refused > kMaxNamedRefusals) return;
    const Tag& tag = pending_[refused.index];
    log::warning(
        "ttp.backfill",
        fmt::format("tag of {} {} by rule {} not stored: {}", tag.source_kind,
                    printable(utf8_prefix(tag.source_id, 80)), tag.rule_id.text(), refused.reason));
  }

  const tagging::Tagger& tagger_;
  storage::Repository& repository_;
  const ReplayOptions& options_;
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
                              const tagging::Tagger& tagger, storage::Repository& repository,
                              const ReplayOptions& options) {
  Run run(tagger, repository, options);
  const auto read = replay_rows(run, *rows);
  const auto written = run.flush();  // also when reading failed: it is tagged already
  if (!read) return fail(read.error());
  if (!written) return fail(written.error());
  run.counters.skipped_rows = rows->skipped();
  return run.counters;
}

}  // namespace

Result<ReplayCounters> replay_commands(storage::History& history, const tagging::Tagger& tagger,
                                       storage::Repository& repository,
                                       const ReplayOptions& options) {
  DECNET_TRY(auto rows, history.iter_attacker_commands_since(options.since));
  return replay(std::move(rows), tagger, repository, options);
}

Result<ReplayCounters> replay_canary_triggers(storage::History& history,
                                              const tagging::Tagger& tagger,
                                              storage::Repository& repository,
                                              const ReplayOptions& options) {
  DECNET_TRY(auto rows, history.iter_canary_triggers_since(options.since));
  return replay(std::move(rows), tagger, repository, options);
}

}  // namespace decnet::pipeline
