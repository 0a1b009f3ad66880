// ReplayRun: one slice of history on its way: events in, batches of tags out.
#pragma once

#include <optional>
#include <vector>

#include "decnet/pipeline/replay.h"
#include "decnet/pipeline/tag_writer.h"

namespace decnet::pipeline {

class ReplayRun {
 public:
  // All outlive this object. No store: a dry run.
  ReplayRun(const tagging::Tagger& tagger, storage::Database* store, const ReplayOptions& options);

  ReplayCounters counters;

  // Whether it is to stop; noted in the counters.
  [[nodiscard]] bool stopped();

  // What is known of the commands of a history, in its order; empty when of none.
  Result<std::vector<std::optional<storage::SeenAs>>> recognise(
      const storage::AttackerCommands& attacker);

  // `record`: as tagged, if it is.
  Result<void> tag(const Event& event, bool record);

  // Tells how far it is.
  void row_done();

  // Stores the rest and waits until it is.
  Result<void> finish();

 private:
  Result<UtcTime> forgotten_until();
  void note(const Event& event);
  Result<void> write();
  void count_stored();

  const tagging::Tagger& tagger_;
  const ReplayOptions& options_;
  std::optional<TagWriter> writer_;  // none in a dry run
  std::vector<Tag> pending_;
  std::vector<storage::SeenCommand> seen_;  // of pending_
  std::optional<UtcTime> forgotten_until_;
};

}  // namespace decnet::pipeline
