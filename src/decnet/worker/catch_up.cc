#include "decnet/worker/catch_up.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "decnet/pipeline/stored_events.h"

namespace decnet::worker {
namespace {

constexpr std::size_t kBatch = 200;

std::string text(const Json& entry, std::string_view key) {
  const Json* value = entry.find(key);
  const std::string* string = value == nullptr ? nullptr : value->string();
  return string == nullptr ? std::string() : *string;
}

// When a stored command was typed: the framework's profiler says `timestamp`, the bus `ts`.
std::optional<UtcTime> instant_of(const Json& entry) {
  const std::string stamp = text(entry, "timestamp");
  return parse_time(stamp.empty() ? text(entry, "ts") : stamp);
}

}  // namespace

Result<storage::Cursor> CatchUp::cursor_or_now(std::string_view name) {
  DECNET_TRY(auto cursor, parts_.ledger.cursor(name));
  if (cursor) return *std::move(cursor);
  // The first run never floods subscribers with the past: that is the backfill's work.
  storage::Cursor now{parts_.clock.now(), ""};
  parts_.intake.take_events({}, {{std::string(name), now}});
  return now;
}

Result<std::uint64_t> CatchUp::run(const Gaps& gaps) {
  if (!parts_.ledger.kept()) return std::uint64_t{0};
  DECNET_TRY(const std::uint64_t found_triggers, triggers());
  DECNET_TRY(const std::uint64_t found_intel, intel());
  DECNET_TRY(const std::uint64_t found_commands, commands(gaps));
  return found_triggers + found_intel + found_commands;
}

Result<std::uint64_t> CatchUp::triggers() {
  constexpr const char* kName = "canary_triggers";
  DECNET_TRY(storage::Cursor cursor, cursor_or_now(kName));
  DECNET_TRY(auto rows, parts_.history.iter_canary_triggers_since(cursor.time - kOverlap));
  std::vector<Event> events;
  std::uint64_t found = 0;
  for (;;) {
    DECNET_TRY(auto row, rows->next());
    if (row) {
      cursor.time = std::max(cursor.time, row->occurred_at);
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
      found += events.size();
      if (!parts_.intake.take_events(events, {{kName, cursor}})) return found;
      events.clear();
    }
    if (!row || parts_.stop()) return found;
  }
}

Result<std::uint64_t> CatchUp::intel() {
  constexpr const char* kName = "attacker_intel";
  DECNET_TRY(storage::Cursor cursor, cursor_or_now(kName));
  std::uint64_t found = 0;
  UtcTime since = cursor.time - kOverlap;
  std::size_t page = kBatch;
  for (;;) {
    DECNET_TRY(const auto changes, parts_.attackers.intel_changed_since(since, page));
    std::vector<Event> events;
    for (const auto& change : changes) {
      cursor.time = std::max(cursor.time, change.cached_at);
      DECNET_TRY(auto payload, parts_.attackers.intel_to_catch_up(change.attacker_uuid));
      if (!payload) continue;
      Event event;
      event.source_kind = std::string(to_string(SourceKind::kIntel));
      event.source_id = "intel-catchup:" + change.attacker_uuid;
      event.attacker_uuid = change.attacker_uuid;
      event.payload = *std::move(payload);
      events.push_back(std::move(event));
    }
    found += events.size();
    if (!parts_.intake.take_events(events, {{kName, cursor}})) return found;
    if (changes.size() < page || parts_.stop()) return found;
    // A full page of one instant is asked for again, larger: an import may stamp thousands alike.
    if (changes.back().cached_at == since) page *= 2;
    since = changes.back().cached_at;
  }
}

Result<std::uint64_t> CatchUp::commands(const Gaps& gaps) {
  const auto earliest = gaps.earliest();
  if (!earliest) return std::uint64_t{0};
  DECNET_TRY(auto rows, parts_.history.iter_attacker_commands_since(*earliest));
  std::vector<Event> events;
  std::uint64_t found = 0;
  for (;;) {
    DECNET_TRY(const auto row, rows->next());
    if (row) {
      for (std::size_t i = 0; i < row->commands.size(); ++i) {
        const Json& entry = row->commands[i];
        const auto instant = instant_of(entry);
        if (!instant || !gaps.covers(*instant)) continue;
        auto event = pipeline::command_event(*row, i, entry);
        if (!event) continue;
        const storage::SeenCommand command{row->uuid, text(entry, "decky"),
                                           text(event->payload, "command_text"), *instant};
        DECNET_TRY(const bool seen, parts_.ledger.was_seen(command));
        if (!seen) events.push_back(*std::move(event));
      }
    }
    if (events.size() >= kBatch || !row) {
      found += events.size();
      if (!parts_.intake.take_events(events, {})) return found;
      events.clear();
    }
    if (!row || parts_.stop()) return found;
  }
}

}  // namespace decnet::worker
