#include "decnet/sessions/session_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "decnet/base/log.h"

namespace decnet::sessions {
namespace {

using Commands = std::vector<const storage::ObservedCommand*>;

std::string_view text(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  const std::string* string = value == nullptr ? nullptr : value->string();
  return string == nullptr ? std::string_view() : *string;
}

double seconds(UtcTime begin, UtcTime end) {
  return std::chrono::duration<double>(end - begin).count();
}

std::size_t size_of(const Json::Array& commands) {
  std::size_t bytes = 0;
  for (const Json& command : commands) bytes += command.dump().size() + 1;
  return bytes;
}

Json::Array list(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->array() != nullptr ? *value->array() : Json::Array{};
}

activity::SessionEntries entries_of(const Json& object, std::string_view key) {
  activity::SessionEntries entries;
  for (Json& entry : list(object, key)) entries.add(std::move(entry));
  return entries;
}

}  // namespace

void SessionBook::restore(std::span<const storage::OpenSession> sessions) {
  open_.clear();
  bytes_ = 0;
  changes_ = {};
  pending_ = {};
  for (const storage::OpenSession& kept : sessions) {
    Session session;
    session.log = kept.log;
    session.ip = text(kept.state, "ip");
    session.decky = text(kept.state, "decky");
    session.id = text(kept.state, "id");
    session.service = text(kept.state, "service");
    session.first = parse_time(text(kept.state, "first")).value_or(kept.touched);
    session.last = parse_time(text(kept.state, "last")).value_or(session.first);
    session.touched = kept.touched;
    const Json* news = kept.state.find("brought_news");
    session.brought_news = news != nullptr && news->truthy();
    session.commands = list(kept.state, "commands");
    session.logins = entries_of(kept.state, "logins");
    session.transfers = entries_of(kept.state, "transfers");
    session.bytes = size_of(session.commands);
    session.changed = false;
    session.kept = true;
    bytes_ += session.bytes + session.entry_bytes();
    open_.insert_or_assign(kept.key, std::move(session));
  }
}

SessionBook::Session& SessionBook::touch(const std::string& key,
                                         const importers::SessionSighting& sighting, UtcTime now) {
  const auto [place, is_new] = open_.try_emplace(key);
  Session& session = place->second;
  if (is_new) {
    session.log = sighting.log;
    session.ip = sighting.ip;
    session.decky = sighting.decky;
    session.id = sighting.id;
    session.first = sighting.first;
    session.last = sighting.last;
  }
  if (session.service.empty()) session.service = sighting.service;
  session.first = std::min(session.first, sighting.first);
  session.last = std::max(session.last, sighting.last);
  session.touched = now;
  session.brought_news = session.brought_news || sighting.live;
  session.changed = true;
  return session;
}

void SessionBook::add_command(Session& session, const storage::ObservedCommand& command,
                              UtcTime now) {
  Json element = session_command(command.element);
  const std::size_t size = element.dump().size() + 1;
  if (size > kMaxCommandBytes) {
    ++pending_.refused;
    log::warning("import", fmt::format("a command of {} bytes, of {}, is too large for the bus: "
                                       "stored, not published; a backfill tags it",
                                       size, session.ip));
    return;
  }
  if (!session.commands.empty() && session.bytes + size > kPartBytes) {
    say(session, session.last, seconds(session.first, session.last), now);
  }
  session.brought_news = true;
  session.bytes += size;
  bytes_ += size;
  session.commands.push_back(std::move(element));
}

void SessionBook::add_entry(activity::SessionEntries& entries, Json entry) {
  bytes_ -= entries.bytes();
  pending_.left_out += entries.add(std::move(entry));
  bytes_ += entries.bytes();
}

void SessionBook::take(const importers::ObservationBatch& batch,
                       const storage::MergeOutcome& outcome, UtcTime now,
                       const Outcomes& outcomes) {
  std::unordered_map<std::string, Commands> commands;
  std::unordered_map<std::string, std::vector<const storage::ObservedLogin*>> logins;
  std::unordered_map<std::string, std::vector<const storage::ObservedEvent*>> transfers;
  if (options_.publish) {
    for (const auto& [attacker, command] : outcome.commands) {
      const Json& element = command->element;
      commands[importers::session_key(attacker->ip, text(element, "decky"),
                                      text(element, "session_id"))]
          .push_back(command);
    }
    for (const auto& [attacker, login] : outcome.logins) {
      logins[importers::session_key(attacker->ip, login->decky, login->session_id)].push_back(
          login);
    }
    for (const auto& [attacker, event] : outcome.events) {
      if (event->kind != SourceKind::kPayload || event->session_id.empty()) continue;
      transfers[importers::session_key(attacker->ip, event->decky, event->session_id)].push_back(
          event);
    }
  }
  for (const importers::SessionSighting& sighting : batch.sessions()) {
    const std::string key = importers::session_key(sighting.ip, sighting.decky, sighting.id);
    Session& session = touch(key, sighting, now);
    if (const auto found = logins.find(key); found != logins.end()) {
      session.brought_news = true;
      for (const auto* login : found->second) {
        const auto known = outcomes.find(login->id);
        const auto by_itself =
            login->success ? activity::LoginOutcome::kSuccess : activity::LoginOutcome::kFailed;
        add_entry(session.logins, activity::session_login(
                                      *login, known == outcomes.end() ? by_itself : known->second));
      }
      logins.erase(found);
    }
    if (const auto found = transfers.find(key); found != transfers.end()) {
      session.brought_news = true;
      for (const auto* each : found->second) {
        add_entry(session.transfers, activity::session_transfer(*each));
      }
      transfers.erase(found);
    }
    if (const auto found = commands.find(key); found != commands.end()) {
      for (const auto* command : found->second) add_command(session, *command, now);
      commands.erase(found);
    }
    if (!sighting.ended) continue;
    session.last = std::max(session.last, *sighting.ended);
    const auto place = open_.find(key);
    if (options_.publish && session.brought_news) {
      say(session, *sighting.ended,
          sighting.duration_s.value_or(seconds(session.first, *sighting.ended)), now);
    }
    end(place, now);
  }
  for (const auto& [key, unsaid] : commands) {
    pending_.refused += unsaid.size();
    log::warning("import", fmt::format("{} commands of a session with too long a name: stored, "
                                       "not published; a backfill tags them",
                                       unsaid.size()));
  }
  make_room(now);
}

// Puts the message about what there is of the session into the changes; two when a single one would
// be too large for the bus, which a command of more than a part and many logins make.
void SessionBook::say(Session& session, UtcTime ended, double duration_s, UtcTime now) {
  const bool fits = session.bytes + session.entry_bytes() <= kMaxCommandBytes;
  pending_.commands += session.commands.size();
  bytes_ -= session.entry_bytes() + std::exchange(session.bytes, 0);
  session.brought_news = false;
  EndedSession message{
      session.ip, session.decky, session.id, session.service, ended, duration_s, {}, {}, {}};
  const auto put = [&](EndedSession&& part) {
    ++pending_.messages;
    changes_.messages.push_back(session_ended(std::move(part), now));
  };
  if (fits) {
    message.commands = std::exchange(session.commands, {});
  } else {
    EndedSession commands = message;
    commands.commands = std::exchange(session.commands, {});
    put(std::move(commands));
  }
  message.logins = session.logins.take();
  message.transfers = session.transfers.take();
  put(std::move(message));
}

SessionBook::Sessions::iterator SessionBook::end(Sessions::iterator place, UtcTime now) {
  Session& session = place->second;
  if (options_.publish && session.brought_news) {
    say(session, session.last, seconds(session.first, session.last), now);
  }
  bytes_ -= session.bytes + session.entry_bytes();
  if (session.kept) changes_.ended.emplace_back(session.log, place->first);
  return open_.erase(place);
}

bool SessionBook::has_idle(UtcTime now) const {
  return std::any_of(open_.begin(), open_.end(),
                     [&](const auto& each) { return now - each.second.touched >= options_.idle; });
}

void SessionBook::end_idle(UtcTime now) {
  for (auto place = open_.begin(); place != open_.end();) {
    place = now - place->second.touched >= options_.idle ? end(place, now) : std::next(place);
  }
}

void SessionBook::say_pending(UtcTime now) {
  for (auto& [key, session] : open_) {
    if (session.commands.empty()) continue;
    say(session, session.last, seconds(session.first, session.last), now);
    session.changed = true;
  }
}

void SessionBook::end_all(UtcTime now) {
  for (auto place = open_.begin(); place != open_.end();) place = end(place, now);
}

void SessionBook::make_room(UtcTime now) {
  if (open_.size() <= kMaxOpen && bytes_ <= kMaxBytes) return;
  std::vector<std::pair<UtcTime, std::string>> by_age;
  by_age.reserve(open_.size());
  for (const auto& [key, session] : open_) by_age.emplace_back(session.touched, key);
  std::sort(by_age.begin(), by_age.end());
  // A quarter more than needed, so that not every batch has to.
  for (const auto& [touched, key] : by_age) {
    if (open_.size() <= kMaxOpen / 4 * 3 && bytes_ <= kMaxBytes / 4 * 3) return;
    end(open_.find(key), now);
  }
}

storage::JournalEntry SessionBook::changes() {
  for (auto& [key, session] : open_) {
    if (!std::exchange(session.changed, false)) continue;
    session.kept = true;
    changes_.open.push_back({session.log, key, session.touched,
                             Json::object({{"ip", session.ip},
                                           {"decky", session.decky},
                                           {"id", session.id},
                                           {"service", session.service},
                                           {"first", to_iso_text(session.first)},
                                           {"last", to_iso_text(session.last)},
                                           {"brought_news", session.brought_news},
                                           {"commands", session.commands}})});
    Json& state = changes_.open.back().state;
    if (session.logins.bytes() > 0) state.set("logins", session.logins.all());
    if (session.transfers.bytes() > 0) state.set("transfers", session.transfers.all());
  }
  return std::exchange(changes_, {});
}

void SessionBook::confirm() {
  counters_.messages += pending_.messages;
  counters_.commands += pending_.commands;
  counters_.refused += pending_.refused;
  counters_.left_out += pending_.left_out;
  pending_ = {};
}

std::vector<SessionBook::Known> SessionBook::known() const {
  std::vector<Known> all;
  for (const auto& [key, session] : open_) {
    all.push_back({session.decky, session.id, session.ip, session.service});
  }
  return all;
}

}  // namespace decnet::sessions
