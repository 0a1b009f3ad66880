#include "decnet/sessions/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "decnet/activity/stored_event.h"
#include "decnet/base/log.h"
#include "decnet/sessions/event_message.h"

namespace decnet::sessions {
namespace {

constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::milliseconds kLastPause{15'000};
constexpr std::size_t kRemembered = 65'536;  // messages
// Of one attacker, looked at for each batch that has new ones; a backfill sees all.
constexpr std::size_t kMaxLogins = 20'000;

}  // namespace

Result<void> Recorder::resume() {
  std::vector<storage::OpenSession> sessions;
  for (const std::string& log : parts_.logs) {
    DECNET_TRY(auto of_log, parts_.database.journal().open_sessions(log));
    std::move(of_log.begin(), of_log.end(), std::back_inserter(sessions));
  }
  parts_.book.restore(sessions);
  torn_ = false;
  return {};
}

void Recorder::say(std::optional<storage::OutboxMessage> message, std::string_view ip, News& news) {
  if (!message) {
    log::warning("import", fmt::format("an event of {} is too large for the bus: stored, not "
                                       "published; a backfill tags it",
                                       ip));
  } else if (!said_.contains(message->id)) {
    news.messages.push_back(*std::move(message));
  }
}

// New logins change what the windows they fall into add up to.
Result<void> Recorder::add_logins(const storage::MergeOutcome& outcome, UtcTime now, News& news) {
  std::map<std::string_view, UtcTime> since;  // by address: the first new login
  for (const auto& [attacker, login] : outcome.logins) {
    const auto place = since.try_emplace(attacker->ip, login->time).first;
    place->second = std::min(place->second, login->time);
  }
  for (const auto& [ip, first] : since) {
    DECNET_TRY(const auto row, parts_.database.attackers().by_ip(ip));
    if (!row) continue;
    const UtcTime from = activity::login_window(first);
    DECNET_TRY(const auto logins, parts_.database.activity().logins_of(
                                      row->uuid, from - activity::kBruteMemory, kMaxLogins));
    activity::LoginEvents windows({row->uuid, row->identity_id});
    std::vector<Event> events;
    for (const auto& login : logins) {
      const auto ended = windows.add(login, events);
      if (login.time < from) {
        events.clear();
      } else {
        news.outcomes.emplace(login.id, ended);
      }
    }
    windows.finish(events);
    for (const Event& event : events) {
      const auto time = parse_time(*event.payload.find("ts")->string());
      if (time && *time >= from) say(event_message(event, ip, now), ip, news);
    }
  }
  return {};
}

Result<Recorder::News> Recorder::news_of(const storage::MergeOutcome& outcome, UtcTime now) {
  News news;
  DECNET_CHECK(add_logins(outcome, now, news));
  for (const auto& [attacker, event] : outcome.events) {
    say(event_message(activity::stored_event(*event, {}), attacker->ip, now), attacker->ip, news);
  }
  for (const auto& [attacker, trigger] : outcome.triggers) {
    say(trigger_message(*trigger, attacker->ip, now), attacker->ip, news);
  }
  return news;
}

Result<storage::MergeOutcome> Recorder::attempt(const importers::ObservationBatch* batch,
                                                const Note& note) {
  // What the book took of a batch that was not committed is taken back.
  if (torn_) DECNET_CHECK(resume());
  DECNET_TRY(const auto transaction, parts_.database.begin());
  storage::MergeOutcome outcome;
  if (batch != nullptr) {
    DECNET_TRY(outcome, parts_.database.observations().merge(batch->observations()));
  }
  torn_ = true;
  const UtcTime now = parts_.clock.now();
  News news;
  if (parts_.book.publishes()) {
    DECNET_TRY(news, news_of(outcome, now));
  }
  note(outcome, now, news.outcomes);
  storage::JournalEntry entry = parts_.book.changes();
  entry.messages.insert(entry.messages.end(), std::make_move_iterator(news.messages.begin()),
                        std::make_move_iterator(news.messages.end()));
  if (batch != nullptr && parts_.positions) entry.positions = parts_.positions();
  DECNET_CHECK(parts_.database.journal().write(entry));
  DECNET_CHECK(transaction->commit());
  torn_ = false;
  parts_.book.confirm();
  if (said_.size() > kRemembered) said_.clear();
  for (const auto& message : entry.messages) said_.insert(message.id);
  if (!entry.messages.empty() && parts_.published) parts_.published();
  return outcome;
}

Result<storage::MergeOutcome> Recorder::commit(const importers::ObservationBatch* batch,
                                               const Note& note) {
  auto pause = kFirstPause;
  for (;;) {
    auto outcome = attempt(batch, note);
    if (outcome || outcome.error().code != ErrorCode::kUnavailable || !parts_.wait) return outcome;
    log::warning("import", fmt::format("{}; trying again", outcome.error().message));
    if (!parts_.wait(pause)) return outcome;
    pause = std::min(pause * 2, kLastPause);
  }
}

Result<storage::MergeOutcome> Recorder::store(const importers::ObservationBatch& batch) {
  return commit(&batch, [&](const storage::MergeOutcome& outcome, UtcTime now,
                            const SessionBook::Outcomes& outcomes) {
    parts_.book.take(batch, outcome, now, outcomes);
  });
}

Result<void> Recorder::tick() {
  const UtcTime now = parts_.clock.now();
  if (now - looked_ < std::chrono::seconds{1} && now >= looked_) return {};
  looked_ = now;
  if (!parts_.book.has_idle(now)) return {};
  DECNET_CHECK(commit(nullptr, [&](const storage::MergeOutcome&, UtcTime at,
                                   const SessionBook::Outcomes&) { parts_.book.end_idle(at); }));
  return {};
}

Result<void> Recorder::finish(bool more_to_come) {
  if (parts_.book.open() == 0) return {};
  DECNET_CHECK(
      commit(nullptr, [&](const storage::MergeOutcome&, UtcTime at, const SessionBook::Outcomes&) {
        more_to_come ? parts_.book.say_pending(at) : parts_.book.end_all(at);
      }));
  return {};
}

}  // namespace decnet::sessions
