#include "decnet/storage/sqlite/observations.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "decnet/base/log.h"
#include "decnet/base/uuid.h"
#include "decnet/model/tag.h"
#include "decnet/storage/command_log.h"
#include "decnet/storage/name_set.h"

namespace decnet::storage::sqlite {
namespace {

using Group = std::vector<const Observation*>;

constexpr std::string_view kFind =
    "SELECT uuid, first_seen, last_seen, event_count, service_count, decky_count, services, "
    "deckies, "
    "commands FROM attackers WHERE ip = ?1 AND typeof(uuid) = 'text' ORDER BY last_seen DESC, uuid "
    "LIMIT 1";

// The framework's columns have no defaults: whatever must not be NULL is said.
constexpr std::string_view kInsert =
    "INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, "
    "decky_count, services, deckies, commands, updated_at, is_traversal, bounty_count, "
    "credential_count, fingerprints, rotation_count, ipv6_leak_count) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0, 0, '[]', 0, 0)";

constexpr std::string_view kUpdate =
    "UPDATE attackers SET first_seen = ?2, last_seen = ?3, event_count = ?4, service_count = ?5, "
    "decky_count = ?6, services = ?7, deckies = ?8, updated_at = ?9 WHERE uuid = ?1";

// The history is the large column: written only when it grew.
constexpr std::string_view kUpdateCommands = "UPDATE attackers SET commands = ?2 WHERE uuid = ?1";

constexpr std::string_view kInsertLogin =
    "INSERT INTO decnet_auth_attempt (id, attacker_uuid, attempted_at, session_id, decky_id, "
    "service, username, password, success) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
    "ON CONFLICT (id) DO NOTHING";

constexpr std::string_view kCompleteLogin =
    "UPDATE decnet_auth_attempt SET service = ?2 WHERE id = ?1 AND service = ''";

constexpr std::string_view kInsertEvent =
    "INSERT INTO decnet_event (id, kind, attacker_uuid, occurred_at, session_id, decky_id, payload)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING";

constexpr std::string_view kEarlierEvent =
    "UPDATE decnet_event SET occurred_at = ?2 WHERE id = ?1 AND occurred_at > ?2";

constexpr std::string_view kInsertTrigger =
    "INSERT INTO canary_triggers (uuid, token_uuid, occurred_at, src_ip, user_agent, request_path, "
    "dns_qname, raw_headers, attacker_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
    "ON CONFLICT (uuid) DO NOTHING";

// Observations by address, in the order the addresses first come up.
std::vector<Group> by_address(std::span<const Observation> observations) {
  std::vector<Group> groups;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const Observation& each : observations) {
    const auto [place, fresh] = places.emplace(each.ip, groups.size());
    if (fresh) groups.emplace_back();
    groups[place->second].push_back(&each);
  }
  return groups;
}

}  // namespace

struct SqliteObservations::Attacker {
  std::string uuid;
  std::string ip;
  bool is_new = false;
  std::optional<UtcTime> first_seen;  // nothing when the stored text is no time
  std::optional<UtcTime> last_seen;
  std::int64_t event_count = 0;
  std::int64_t service_count = 0;
  std::int64_t decky_count = 0;
  NameSet services{""};
  NameSet deckies{""};
  std::optional<CommandLog> commands;  // nothing when the stored text cannot be read
  bool changed = false;

  void saw(const Observation& observation) {
    if (!first_seen || observation.first_seen < *first_seen) {
      first_seen = observation.first_seen;
      changed = true;
    }
    if (!last_seen || observation.last_seen > *last_seen) {
      last_seen = observation.last_seen;
      changed = true;
    }
    services.add(observation.services);
    if (services.changed()) service_count = static_cast<std::int64_t>(services.size());
    deckies.add(observation.deckies);
    if (deckies.changed()) decky_count = static_cast<std::int64_t>(deckies.size());
    changed = changed || services.changed() || deckies.changed();
  }
};

SqliteObservations::SqliteObservations(Connection& connection, const Clock& clock, Kept kept)
    : connection_(connection),
      clock_(clock),
      kept_(kept),
      find_(connection, kFind),
      insert_(connection, kInsert),
      update_(connection, kUpdate),
      update_commands_(connection, kUpdateCommands),
      insert_login_(connection, kInsertLogin),
      complete_login_(connection, kCompleteLogin),
      insert_event_(connection, kInsertEvent),
      earlier_event_(connection, kEarlierEvent),
      insert_trigger_(connection, kInsertTrigger) {}

Result<MergeOutcome> SqliteObservations::merge(std::span<const Observation> observations) {
  MergeOutcome outcome;
  outcome.logins_kept = kept_.logins;
  outcome.events_kept = kept_.events;
  if (observations.empty()) return outcome;
  DECNET_TRY(Transaction transaction, Transaction::begin(connection_));
  for (const Group& group : by_address(observations)) {
    DECNET_CHECK(merge_attacker(group, outcome));
  }
  DECNET_CHECK(transaction.commit());
  return outcome;
}

Result<void> SqliteObservations::merge_attacker(const Group& group, MergeOutcome& outcome) {
  DECNET_TRY(const auto attacker, find(group.front()->ip));
  outcome.new_attackers += attacker->is_new ? 1 : 0;
  for (const Observation* each : group) attacker->saw(*each);
  add_commands(*attacker, group, outcome);
  DECNET_TRY(const std::uint64_t new_logins, add_logins(attacker->uuid, group, outcome));
  DECNET_TRY(const std::uint64_t new_events, add_events(attacker->uuid, group, outcome));
  DECNET_TRY(const std::uint64_t new_triggers, add_triggers(attacker->uuid, group, outcome));
  const std::uint64_t added = new_logins + new_events + new_triggers;
  attacker->event_count += static_cast<std::int64_t>(added);
  attacker->changed = attacker->changed || attacker->is_new || added > 0;
  return store(*attacker);
}

Result<std::unique_ptr<SqliteObservations::Attacker>> SqliteObservations::find(
    const std::string& ip) {
  auto attacker = std::make_unique<Attacker>();
  attacker->ip = ip;
  DECNET_TRY(const Statement* find, find_.get());
  Cursor row = find->run(ip);
  DECNET_TRY(const bool found, row.next());
  if (!found) {
    attacker->uuid = uuid_v5(tag_namespace(), "attacker|" + ip);
    attacker->is_new = true;
    DECNET_TRY(attacker->commands, CommandLog::read(""));
    return attacker;
  }
  attacker->uuid = row.text(0);
  attacker->first_seen = parse_time(row.text(1));
  attacker->last_seen = parse_time(row.text(2));
  attacker->event_count = row.integer(3);
  attacker->service_count = row.integer(4);
  attacker->decky_count = row.integer(5);
  attacker->services = NameSet(std::string(row.text(6)));
  attacker->deckies = NameSet(std::string(row.text(7)));
  constexpr int kCommands = 8;
  auto commands = row.is_text(kCommands) || row.is_null(kCommands)
                      ? CommandLog::read(std::string(row.text(kCommands)))
                      : Result<CommandLog>(fail(ErrorCode::kInvalid, "no text"));
  if (commands) {
    attacker->commands = *std::move(commands);
  } else {
    log::warning("storage",
                 fmt::format("{}: the commands of attacker {} cannot be read ({}); nothing is "
                             "added to them",
                             connection_.name(), attacker->uuid, commands.error().message));
  }
  return attacker;
}

void SqliteObservations::add_commands(Attacker& attacker, const Group& group,
                                      MergeOutcome& outcome) {
  std::vector<MergeOutcome::NewCommand> commands;
  for (const Observation* each : group) {
    for (const ObservedCommand& command : each->commands) commands.push_back({each, &command});
  }
  if (!attacker.commands) {
    outcome.refused_commands += commands.size();
    return;
  }
  // Oldest first, so that a history that fills up keeps the beginning.
  std::sort(commands.begin(), commands.end(), [](const auto& a, const auto& b) {
    return std::tie(a.command->time, a.command->id) < std::tie(b.command->time, b.command->id);
  });
  for (const auto& each : commands) {
    switch (attacker.commands->add(*each.command)) {
      case CommandLog::Added::kNew:
        ++outcome.new_commands;
        outcome.commands.push_back(each);
        ++attacker.event_count;
        break;
      case CommandLog::Added::kKnown:
        ++outcome.known_commands;
        break;
      case CommandLog::Added::kFull:
        ++outcome.refused_commands;
        break;
    }
  }
  attacker.changed = attacker.changed || attacker.commands->changed();
}

Result<std::uint64_t> SqliteObservations::add_logins(const std::string& attacker_uuid,
                                                     const Group& group, MergeOutcome& outcome) {
  std::uint64_t added = 0;
  if (!kept_.logins) return added;
  DECNET_TRY(const Statement* insert, insert_login_.get());
  for (const Observation* each : group) {
    for (const ObservedLogin& login : each->logins) {
      const std::string time = to_sql_text(login.time);
      DECNET_CHECK(insert
                       ->run(login.id, attacker_uuid, time, login.session_id, login.decky,
                             login.service, login.username, login.password,
                             std::int64_t{login.success ? 1 : 0})
                       .run());
      const bool fresh = connection_.changes() > 0;
      if (!fresh && !login.service.empty()) {
        DECNET_TRY(const Statement* complete, complete_login_.get());
        DECNET_CHECK(complete->run(login.id, login.service).run());
      }
      if (fresh) outcome.logins.push_back({each, &login});
      added += fresh ? 1 : 0;
      outcome.known_logins += fresh ? 0 : 1;
    }
  }
  outcome.new_logins += added;
  return added;
}

Result<std::uint64_t> SqliteObservations::add_events(const std::string& attacker_uuid,
                                                     const Group& group, MergeOutcome& outcome) {
  std::uint64_t added = 0;
  if (!kept_.events) return added;
  DECNET_TRY(const Statement* insert, insert_event_.get());
  DECNET_TRY(const Statement* earlier, earlier_event_.get());
  for (const Observation* each : group) {
    for (const ObservedEvent& event : each->events) {
      const std::string time = to_sql_text(event.time);
      const std::string payload = event.payload.dump();
      DECNET_CHECK(insert
                       ->run(event.id, to_string(event.kind), attacker_uuid, time, event.session_id,
                             event.decky, payload)
                       .run());
      const bool fresh = connection_.changes() > 0;
      if (!fresh) DECNET_CHECK(earlier->run(event.id, time).run());
      if (fresh) outcome.events.push_back({each, &event});
      added += fresh ? 1 : 0;
      outcome.known_events += fresh ? 0 : 1;
    }
  }
  outcome.new_events += added;
  return added;
}

Result<std::uint64_t> SqliteObservations::add_triggers(const std::string& attacker_uuid,
                                                       const Group& group, MergeOutcome& outcome) {
  std::uint64_t added = 0;
  DECNET_TRY(const Statement* insert, insert_trigger_.get());
  for (const Observation* each : group) {
    for (const ObservedTrigger& trigger : each->triggers) {
      const std::string time = to_sql_text(trigger.time);
      const std::string headers = trigger.headers.dump();
      DECNET_CHECK(insert
                       ->run(trigger.id, trigger.token, time, each->ip, trigger.user_agent,
                             trigger.request_path, trigger.dns_qname, headers, attacker_uuid)
                       .run());
      const bool fresh = connection_.changes() > 0;
      if (fresh) outcome.triggers.push_back({each, &trigger});
      added += fresh ? 1 : 0;
      outcome.known_events += fresh ? 0 : 1;
    }
  }
  outcome.new_events += added;
  return added;
}

Result<void> SqliteObservations::store(const Attacker& attacker) {
  if (!attacker.changed) return {};
  const std::string first_seen = to_sql_text(*attacker.first_seen);
  const std::string last_seen = to_sql_text(*attacker.last_seen);
  const std::string services = attacker.services.text();
  const std::string deckies = attacker.deckies.text();
  const std::string now = to_sql_text(clock_.now());
  const std::string commands =
      attacker.commands && (attacker.commands->changed() || attacker.is_new)
          ? attacker.commands->text()
          : std::string();
  if (attacker.is_new) {
    DECNET_TRY(const Statement* insert, insert_.get());
    return insert
        ->run(attacker.uuid, attacker.ip, first_seen, last_seen, attacker.event_count,
              attacker.service_count, attacker.decky_count, services, deckies, commands, now)
        .run();
  }
  DECNET_TRY(const Statement* update, update_.get());
  DECNET_CHECK(update
                   ->run(attacker.uuid, first_seen, last_seen, attacker.event_count,
                         attacker.service_count, attacker.decky_count, services, deckies, now)
                   .run());
  if (commands.empty()) return {};
  DECNET_TRY(const Statement* update_commands, update_commands_.get());
  return update_commands->run(attacker.uuid, commands).run();
}

}  // namespace decnet::storage::sqlite
