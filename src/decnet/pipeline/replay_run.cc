#include "decnet/pipeline/replay_run.h"

#include <iterator>
#include <utility>

#include "decnet/pipeline/stored_events.h"

namespace decnet::pipeline {

ReplayRun::ReplayRun(const tagging::Tagger& tagger, storage::Database* store,
                     const ReplayOptions& options)
    : tagger_(tagger), options_(options) {
  if (store != nullptr) writer_.emplace(*store);
}

bool ReplayRun::stopped() {
  if (options_.stop && options_.stop()) counters.interrupted = true;
  return counters.interrupted;
}

Result<std::vector<std::optional<storage::SeenAs>>> ReplayRun::recognise(
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

Result<void> ReplayRun::tag(const Event& event, bool record) {
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

void ReplayRun::row_done() {
  if (!options_.progress) return;
  count_stored();
  options_.progress(counters);
}

Result<void> ReplayRun::finish() {
  if (!writer_) return {};
  DECNET_CHECK(write());
  DECNET_CHECK(writer_->finish());
  count_stored();
  return {};
}

Result<UtcTime> ReplayRun::forgotten_until() {
  if (!forgotten_until_) {
    DECNET_TRY(const auto time, options_.seen->forgotten_until());
    forgotten_until_ = time.value_or(UtcTime{});
  }
  return *forgotten_until_;
}

void ReplayRun::note(const Event& event) {
  const auto command = typed_command(event.payload);
  if (!command || !options_.record_from || command->instant < *options_.record_from) return;
  seen_.push_back({*event.attacker_uuid, std::string(command->decky), std::string(command->text),
                   command->instant, event.source_id, storage::SeenIn::kHistory});
}

Result<void> ReplayRun::write() {
  return writer_->write(std::exchange(pending_, {}), std::exchange(seen_, {}));
}

void ReplayRun::count_stored() {
  if (!writer_) return;
  counters.inserted = writer_->inserted();
  counters.refused = writer_->refused();
}

}  // namespace decnet::pipeline
