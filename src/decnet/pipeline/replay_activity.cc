// Replays what is stored of attackers besides their commands.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "decnet/activity/login_events.h"
#include "decnet/activity/session_events.h"
#include "decnet/base/python_text.h"
#include "decnet/pipeline/replay_run.h"
#include "decnet/pipeline/stored_events.h"

namespace decnet::pipeline {
namespace {

using activity::LoginEvents;
using activity::Whom;

constexpr std::size_t kPage = 512;
// Of one attacker, for his sessions.
constexpr std::size_t kMaxLogins = 100'000;
constexpr std::size_t kMaxTransfers = 10'000;

Result<void> tag_all(std::vector<Event>& events, UtcTime since, ReplayRun& run) {
  for (const Event& event : events) {
    if (run.stopped()) break;
    // What happened before counts for what came after, and was tagged then.
    const Json* ts = event.payload.find("ts");
    const auto time =
        ts == nullptr || ts->string() == nullptr ? std::nullopt : parse_time(*ts->string());
    if (time && *time < since) continue;
    DECNET_CHECK(run.tag(event, false));
  }
  events.clear();
  return {};
}

Result<void> replay_logins(storage::Activity& source, UtcTime since, ReplayRun& run) {
  // A window, and the memory of a success, may have begun before.
  const UtcTime from = activity::login_window(since) - activity::kBruteMemory;
  std::optional<storage::AttackerLogin> last;
  std::optional<LoginEvents> attacker;
  std::vector<Event> events;
  while (!run.stopped()) {
    DECNET_TRY(auto page, source.logins_after(last ? &*last : nullptr, from, kPage));
    if (page.empty()) break;
    for (const storage::AttackerLogin& row : page) {
      if (!last || last->attacker_uuid != row.attacker_uuid) {
        if (attacker) attacker->finish(events);
        attacker.emplace(Whom{row.attacker_uuid, row.identity_id});
      }
      last = row;
      (void)attacker->add(row.login, events);
      ++run.counters.rows;
    }
    DECNET_CHECK(tag_all(events, since, run));
    run.row_done();
  }
  if (attacker) attacker->finish(events);
  return tag_all(events, since, run);
}

Result<void> replay_events(storage::Activity& source, UtcTime since, ReplayRun& run) {
  std::int64_t last = 0;
  while (!run.stopped()) {
    DECNET_TRY(const auto page, source.events_after(last, since, kPage));
    if (page.empty()) break;
    for (const storage::AttackerEvent& row : page) {
      if (run.stopped()) return {};
      last = row.row;
      ++run.counters.rows;
      DECNET_CHECK(
          run.tag(activity::stored_event(row.event, {row.attacker_uuid, row.identity_id}), false));
    }
    run.row_done();
  }
  return {};
}

Result<void> replay_beacons(storage::Activity& source, UtcTime since, ReplayRun& run) {
  std::string last;
  while (!run.stopped()) {
    DECNET_TRY(const auto page, source.beacons_after(last, since, kPage));
    if (page.empty()) break;
    for (const storage::Beacon& beacon : page) {
      last = beacon.attacker_uuid;
      ++run.counters.rows;
      DECNET_CHECK(run.tag(activity::beacon_event(beacon), false));
    }
  }
  return {};
}

Result<void> replay_identities(storage::Activity& source, UtcTime since, ReplayRun& run) {
  std::string last;
  while (!run.stopped()) {
    DECNET_TRY(const auto page, source.identities_after(last, since, kPage));
    if (page.empty()) break;
    for (const std::string& identity : page) {
      last = identity;
      DECNET_TRY(const auto shared, source.shared_password(identity));
      if (!shared) continue;
      ++run.counters.rows;
      DECNET_CHECK(run.tag(activity::shared_password_event(identity, *shared), false));
    }
  }
  return {};
}

// What is gathered of one session.
struct Session {
  std::string decky;
  std::optional<UtcTime> last;  // of its commands
  Json::Array commands;
  activity::SessionEntries logins, transfers;
};
using Sessions = std::map<std::string, Session>;

std::optional<std::string> text_member(const Json& entry, std::string_view key) {
  const Json* value = entry.find(key);
  if (value == nullptr || !value->truthy()) return std::nullopt;
  return python_text(*value);
}

Sessions sessions_of(storage::AttackerCommands& attacker) {
  Sessions sessions;
  for (Json& entry : attacker.commands) {
    const auto id = text_member(entry, "session_id");
    if (!id) continue;
    Session& session = sessions[*id];
    if (session.decky.empty()) {
      session.decky = text_member(entry, "decky_id")
                          .value_or(text_member(entry, "decky").value_or(std::string()));
    }
    if (const auto typed = typed_command(entry); typed && typed->instant > session.last) {
      session.last = typed->instant;
    }
    session.commands.push_back(std::move(entry));
  }
  return sessions;
}

Result<void> add_logins(storage::Activity& source, const Whom& whom, Sessions& sessions) {
  DECNET_TRY(const auto logins, source.logins_of(whom.attacker_uuid, UtcTime{}, kMaxLogins));
  LoginEvents outcomes(whom);
  std::vector<Event> unused;
  for (const storage::ObservedLogin& login : logins) {
    const auto outcome = outcomes.add(login, unused);
    unused.clear();
    const auto session = sessions.find(login.session_id);
    if (session == sessions.end()) continue;
    session->second.logins.add(activity::session_login(login, outcome));
  }
  return {};
}

Result<void> add_transfers(storage::Activity& source, const Whom& whom, Sessions& sessions) {
  DECNET_TRY(const auto transfers,
             source.events_of(whom.attacker_uuid, SourceKind::kPayload, kMaxTransfers));
  for (const storage::ObservedEvent& transfer : transfers) {
    const auto session = sessions.find(transfer.session_id);
    if (session == sessions.end()) continue;
    session->second.transfers.add(activity::session_transfer(transfer));
  }
  return {};
}

Result<void> replay_sessions(storage::Database& source, UtcTime since, ReplayRun& run) {
  DECNET_TRY(auto rows, source.history().iter_attacker_commands_since(since));
  while (!run.stopped()) {
    DECNET_TRY(auto attacker, rows->next());
    if (!attacker) break;
    const Whom whom{attacker->uuid, attacker->identity_id};
    Sessions sessions = sessions_of(*attacker);
    if (sessions.empty()) continue;
    DECNET_CHECK(add_logins(source.activity(), whom, sessions));
    DECNET_CHECK(add_transfers(source.activity(), whom, sessions));
    for (auto& [id, session] : sessions) {
      if (run.stopped()) return {};
      ++run.counters.rows;
      Json payload = Json::object({{"commands", std::move(session.commands)}});
      if (session.last) payload.set("ts", to_iso_text(*session.last));
      Json::Array logins = session.logins.take();
      Json::Array transfers = session.transfers.take();
      if (!logins.empty()) payload.set("logins", std::move(logins));
      if (!transfers.empty()) payload.set("transfers", std::move(transfers));
      for (const Event& event : activity::session_events(activity::event_of(
               SourceKind::kSession, id, whom, id, session.decky, std::move(payload)))) {
        DECNET_CHECK(run.tag(event, false));
      }
    }
    run.row_done();
  }
  return {};
}

Result<void> replay_all(storage::Database& source, UtcTime since, ReplayRun& run) {
  DECNET_CHECK(replay_logins(source.activity(), since, run));
  DECNET_CHECK(replay_events(source.activity(), since, run));
  DECNET_CHECK(replay_beacons(source.activity(), since, run));
  DECNET_CHECK(replay_identities(source.activity(), since, run));
  return replay_sessions(source, since, run);
}

}  // namespace

Result<ReplayCounters> replay_activity(storage::Database& source, const tagging::Tagger& tagger,
                                       storage::Database* store, const ReplayOptions& options) {
  ReplayRun run(tagger, store, options);
  const auto read = replay_all(source, options.since, run);
  const auto stored = run.finish();  // also when reading failed: it is tagged already
  if (!read) return fail(read.error());
  if (!stored) return fail(stored.error());
  return run.counters;
}

}  // namespace decnet::pipeline
