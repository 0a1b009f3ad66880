#include "decnet/worker/catch_up.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "decnet/pipeline/stored_events.h"

namespace decnet::worker {
namespace {

constexpr std::size_t kBatch = 200;

// The cursors' names.
constexpr const char* kTriggers = "canary_triggers";
constexpr const char* kIntel = "attacker_intel";
constexpr const char* kCommands = "attackers";

}  // namespace

Result<CatchUp::Cursors> CatchUp::cursors() {
  const storage::Cursor now{parts_.clock.now(), ""};
  Cursors cursors;
  Intake::Cursors first;  // together: what happens after one of them is there is the worker's
  for (const auto& [name, cursor] :
       {std::pair(kTriggers, &cursors.triggers), std::pair(kIntel, &cursors.intel),
        std::pair(kCommands, &cursors.commands)}) {
    DECNET_TRY(const auto stored, parts_.ledger.cursor(name));
    *cursor = stored.value_or(now);
    if (!stored) first.emplace_back(name, now);
  }
  if (!first.empty()) parts_.intake.take_events({}, first);
  return cursors;
}

Result<void> CatchUp::run(const Gaps& gaps) {
  if (!parts_.ledger.kept()) return {};
  DECNET_TRY(const Cursors from, cursors());
  const UtcTime first_run = from.commands.time;
  DECNET_CHECK(triggers(from.triggers, first_run));
  DECNET_CHECK(intel(from.intel, first_run));
  return commands(gaps, first_run);
}

Result<void> CatchUp::triggers(storage::Cursor cursor, UtcTime first_run) {
  DECNET_TRY(auto rows, parts_.history.iter_canary_triggers_since(
                            std::max(cursor.time - kOverlap, first_run)));
  std::vector<Event> events;
  for (;;) {
    DECNET_TRY(auto row, rows->next());
    if (row) {
      cursor.time = std::max(cursor.time, not_ahead(row->occurred_at));
      Event event = pipeline::trigger_event(*row);
      if (!event.attacker_uuid) {
        DECNET_TRY(const auto attacker, parts_.attackers.by_ip(row->src_ip));
        if (attacker) {
          event.attacker_uuid = attacker->uuid;
          event.identity_uuid = attacker->identity_id;
        }
      }
      if (event.has_anchor()) events.push_back(std::move(event));
    }
    if (events.size() >= kBatch || !row) {
      if (!parts_.intake.take_events(events, {{kTriggers, cursor}})) return {};
      events.clear();
    }
    if (!row || parts_.stop()) return {};
  }
}

Result<void> CatchUp::intel(storage::Cursor cursor, UtcTime first_run) {
  UtcTime since = std::max(cursor.time - kOverlap, first_run);
  std::size_t page = kBatch;
  for (;;) {
    DECNET_TRY(const auto changes, parts_.attackers.intel_changed_since(since, page));
    std::vector<Event> events;
    for (const auto& change : changes) {
      cursor.time = std::max(cursor.time, not_ahead(change.cached_at));
      DECNET_TRY(auto payload, parts_.attackers.intel_to_catch_up(change.attacker_uuid));
      if (!payload) continue;
      Event event;
      event.source_kind = std::string(to_string(SourceKind::kIntel));
      event.source_id =
          change.attacker_uuid;  // as attacker.intel.enriched, which was missed, has it
      event.attacker_uuid = change.attacker_uuid;
      event.payload = *std::move(payload);
      events.push_back(std::move(event));
    }
    if (!parts_.intake.take_events(events, {{kIntel, cursor}})) return {};
    if (changes.size() < page || parts_.stop()) return {};
    // A full page of one instant is asked for again, larger: an import may stamp thousands alike.
    if (changes.back().cached_at == since) page *= 2;
    since = changes.back().cached_at;
  }
}

Result<std::vector<Event>> CatchUp::missed(const storage::AttackerCommands& attacker,
                                           const Gaps& gaps, UtcTime since) {
  std::vector<storage::TypedCommand> commands;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < attacker.commands.size(); ++i) {
    const auto command = pipeline::typed_command(attacker.commands[i]);
    if (!command || command->instant < since || !gaps.covers(command->instant)) continue;
    commands.push_back(*command);
    positions.push_back(i);
  }
  DECNET_TRY(const auto seen, parts_.ledger.seen().find(attacker.uuid, commands, std::nullopt));
  std::vector<Event> events;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (seen[i]) continue;
    auto event = pipeline::command_event(attacker, positions[i], attacker.commands[positions[i]]);
    if (event) events.push_back(*std::move(event));
  }
  return events;
}

Result<void> CatchUp::commands(const Gaps& gaps, UtcTime first_run) {
  const auto earliest = gaps.earliest();
  if (!earliest) return {};
  const UtcTime since = std::max(*earliest, first_run);
  DECNET_TRY(auto rows, parts_.history.iter_attacker_commands_since(since));
  std::vector<Event> events;
  for (;;) {
    DECNET_TRY(const auto row, rows->next());
    if (row) {
      DECNET_TRY(auto found, missed(*row, gaps, since));
      std::move(found.begin(), found.end(), std::back_inserter(events));
    }
    if (events.size() >= kBatch || !row) {
      if (!parts_.intake.take_events(events, {})) return {};
      events.clear();
    }
    if (!row || parts_.stop()) return {};
  }
}

}  // namespace decnet::worker
