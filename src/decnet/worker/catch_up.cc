#include "decnet/worker/catch_up.h"

#include <algorithm>
#include <iterator>
#include <optional>
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
  const storage::Cursor start{parts_.started, ""};
  const UtcTime now = parts_.clock.now();
  Cursors cursors;
  Intake::Cursors moved;  // together: what happens after one of them is there is the worker's
  for (const auto& [name, cursor] :
       {std::pair(kTriggers, &cursors.triggers), std::pair(kIntel, &cursors.intel),
        std::pair(kCommands, &cursors.commands)}) {
    DECNET_TRY(const auto stored, parts_.ledger.cursor(name));
    *cursor = stored.value_or(start);
    // The clock was set back: what comes from now on bears times that were passed already.
    const bool ahead = cursor->time > now;
    if (ahead) *cursor = {now - kOverlap, ""};
    if (!stored || ahead) moved.emplace_back(name, *cursor);
  }
  if (!moved.empty() && !parts_.intake.take_events({}, moved)) {
    return fail(ErrorCode::kUnavailable, "where catch-up begins was not written down");
  }
  return cursors;
}

Result<void> CatchUp::begin() {
  if (!parts_.ledger.kept()) return {};
  DECNET_CHECK(cursors());
  return {};
}

Result<bool> CatchUp::run(const Gaps& gaps) {
  if (!parts_.ledger.kept()) return true;
  DECNET_TRY(const Cursors from, cursors());
  const UtcTime first_run = from.commands.time;
  DECNET_TRY(const bool all_triggers, triggers(from.triggers, first_run));
  DECNET_TRY(const bool all_intel, intel(from.intel, first_run));
  DECNET_TRY(const bool all_commands, commands(gaps, first_run));
  return all_triggers && all_intel && all_commands;
}

Result<Event> CatchUp::event_of(const storage::CanaryTrigger& trigger) {
  Event event = pipeline::trigger_event(trigger);
  if (event.attacker_uuid) return event;
  DECNET_TRY(const auto attacker, parts_.attackers.by_ip(trigger.src_ip));
  if (attacker) {
    event.attacker_uuid = attacker->uuid;
    event.identity_uuid = attacker->identity_id;
  }
  return event;
}

Result<bool> CatchUp::triggers(storage::Cursor cursor, UtcTime first_run) {
  DECNET_TRY(auto rows, parts_.history.iter_canary_triggers_since(
                            std::max(cursor.time - kOverlap, first_run)));
  std::optional<UtcTime> held;  // the earliest one whose attacker is still awaited
  std::vector<Event> events;
  for (;;) {
    DECNET_TRY(auto row, rows->next());
    if (row) {
      cursor.time = std::max(cursor.time, not_ahead(row->occurred_at));
      DECNET_TRY(Event event, event_of(*row));
      if (event.has_anchor()) {
        events.push_back(std::move(event));
      } else if (parts_.clock.now() < std::max(row->occurred_at, parts_.started) + Gaps::kSettle) {
        held = std::min(held.value_or(row->occurred_at), row->occurred_at);
      }
    }
    if (events.size() >= kBatch || !row) {
      // Rows come in no order of time: the cursor moves when all were looked at. From what is held
      // on everything is looked at again, and nothing of before.
      Intake::Cursors moved;
      if (held) cursor.time = std::min(cursor.time, *held + kOverlap);
      if (!row) moved.emplace_back(kTriggers, cursor);
      if (!parts_.intake.take_events(events, moved)) return false;
      events.clear();
    }
    if (!row) return true;
    if (parts_.stop()) return false;
  }
}

Result<bool> CatchUp::intel(storage::Cursor cursor, UtcTime first_run) {
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
    if (!parts_.intake.take_events(events, {{kIntel, cursor}})) return false;
    if (changes.size() < page) return true;
    if (parts_.stop()) return false;
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

Result<bool> CatchUp::commands(const Gaps& gaps, UtcTime first_run) {
  const auto earliest = gaps.earliest();
  if (!earliest) return true;
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
      if (!parts_.intake.take_events(events, {})) return false;
      events.clear();
    }
    if (!row) return true;
    if (parts_.stop()) return false;
  }
}

}  // namespace decnet::worker
