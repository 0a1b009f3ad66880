#include "decnet/worker/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <numeric>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/pipeline/stored_events.h"
#include "decnet/worker/announcement.h"
#include "decnet/worker/stored_attackers.h"

namespace decnet::worker {
namespace {

constexpr const char* kComponent = "ttp.worker";
// All delays before an attacker without a row is given up.
constexpr auto kPatience = std::accumulate(Intake::kRetryDelays.begin(), Intake::kRetryDelays.end(),
                                           std::chrono::milliseconds{0});
constexpr std::chrono::milliseconds kKeepInterval{1'000};
constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLastPause{15'000};

std::vector<storage::OutboxMessage> messages_about(std::span<const Tag* const> tags, UtcTime now) {
  std::vector<storage::OutboxMessage> messages;
  for (bus::Envelope& envelope : announce(tags, now)) {
    messages.push_back({0, std::move(envelope.id), std::move(envelope.topic),
                        std::move(envelope.type), std::move(envelope.payload), now});
  }
  return messages;
}

// Records a command, so that it is recognised when it is met again.
void record(const Event& event, storage::SeenIn in, storage::Commit& commit) {
  if (event.source_kind != to_string(SourceKind::kCommand) || !event.attacker_uuid) return;
  const auto command = pipeline::typed_command(event.payload);
  if (!command) return;
  commit.seen.push_back({*event.attacker_uuid, std::string(command->decky),
                         std::string(command->text), command->instant, event.source_id, in});
}

storage::DeadLetter letter_of(const bus::Delivery& delivery, std::string reason, UtcTime now) {
  const bus::Envelope& envelope = delivery.envelope;
  storage::DeadLetter letter;
  letter.message_id = envelope.id;
  letter.topic = envelope.topic;
  letter.type = envelope.type;
  letter.payload = envelope.payload;
  letter.ts = envelope.ts;
  letter.reason = std::move(reason);
  letter.attempts = static_cast<std::int64_t>(delivery.attempt);
  letter.died_at = now;
  return letter;
}

}  // namespace

struct Intake::Prepared {
  storage::Commit commit;
  std::vector<bus::Delivery> done;                                        // to acknowledge
  std::map<std::chrono::milliseconds, std::vector<bus::Delivery>> later;  // to postpone, by delay
  std::vector<Suppressed> withheld;
  std::uint64_t events = 0;
  std::uint64_t undispatchable = 0;
  std::uint64_t lost_letters = 0;  // that nobody will keep
};

// Runs `action` until the database answers, and says what it answered.
template <typename Action>
Intake::Outcome Intake::until_available(std::string_view what, Action action,
                                        const std::function<void()>& while_waiting) {
  auto pause = kFirstPause;
  for (;;) {
    const Result<void> result = action();
    if (result) return Outcome::kDone;
    ++counters_.database_failures;
    if (result.error().code != ErrorCode::kUnavailable) {
      log::error(kComponent, fmt::format("{}: {}", what, result.error().message));
      refusal_ = result.error().message;
      return Outcome::kRefused;
    }
    log::error(kComponent, fmt::format("{}: {}; trying again in {} ms", what,
                                       result.error().message, pause.count()));
    while_waiting();
    if (!parts_.wait(pause)) return Outcome::kStopping;
    pause = std::min(pause * 2, kLastPause);
  }
}

void Intake::bury(const bus::Delivery& delivery, std::string reason, Prepared& prepared) const {
  log::warning(kComponent, fmt::format("dead letter: {} {}: {}", printable(delivery.envelope.topic),
                                       printable(delivery.envelope.id), reason));
  prepared.commit.dead_letters.push_back(
      letter_of(delivery, std::move(reason), parts_.clock.now()));
  prepared.done.push_back(delivery);
}

// What is no envelope costs its sender nothing: neither the log nor the disk may fill with it.
void Intake::bury_damaged(const bus::Delivery& delivery, Prepared& prepared) {
  prepared.done.push_back(delivery);
  const bool kept = damaged_kept_ < kMaxDamaged;
  damage_.say(fmt::format("{}: {}: no envelope: {}", kept ? "dead letter" : "dead letter not kept",
                          printable(delivery.envelope.topic), printable(delivery.damage)));
  if (!kept) {
    ++prepared.lost_letters;
    return;
  }
  ++damaged_kept_;
  prepared.commit.dead_letters.push_back(
      letter_of(delivery, "no envelope: " + delivery.damage, parts_.clock.now()));
}

// Those that the ledger does not keep; returns how many nobody keeps.
std::uint64_t Intake::keep_aside(std::span<const storage::DeadLetter> letters) {
  if (parts_.ledger.kept()) return 0;
  std::uint64_t lost = 0;
  for (const storage::DeadLetter& letter : letters) {
    Result<void> kept = fail(ErrorCode::kNotFound, "this database has no table for it");
    if (parts_.dead_letters != nullptr) kept = parts_.dead_letters->add(letter);
    if (kept) continue;
    ++lost;
    log::warning(kComponent, fmt::format("dead letter lost: {}: {}: {}", printable(letter.topic),
                                         printable(letter.reason), kept.error().message));
  }
  return lost;
}

// The tags of an event that are to be stored; the others are appended to `withheld`.
std::vector<Tag> Intake::tags_of(const Event& event, tagging::RateLimit* limit,
                                 std::vector<Suppressed>& withheld) const {
  std::vector<Tag> tags = parts_.tagger.tag(event, &withheld);
  // First, so that what is not stored anyway uses up nothing of the limit.
  std::erase_if(tags, [&withheld](const Tag& tag) {
    if (tag.confidence >= storage::kConfidenceFloor) return false;
    withheld.push_back(suppressed(tag, Suppressed::Reason::kBelowFloor));
    return true;
  });
  if (limit != nullptr) {
    for (Suppressed& one : limit->limit(tags)) withheld.push_back(std::move(one));
  }
  return tags;
}

void Intake::tell(std::span<const Suppressed> withheld) const {
  if (parts_.withheld && !withheld.empty()) parts_.withheld(withheld);
}

void Intake::add(const bus::Delivery& delivery, Expansion expansion, Prepared& prepared) {
  if (!delivery.damage.empty()) return bury_damaged(delivery, prepared);
  switch (expansion.outcome) {
    case Expansion::Outcome::kNotDispatchable:
      log::debug(kComponent,
                 fmt::format("{}: {}", printable(delivery.envelope.topic), expansion.reason));
      ++prepared.undispatchable;
      prepared.done.push_back(delivery);
      return;
    case Expansion::Outcome::kUnknownAttacker: {
      // Deliveries are counted by the transport: whichever worker gets the next one goes on.
      const auto times = static_cast<std::size_t>(delivery.attempt - 1);
      const bool patient =
          !delivery.taken_at || parts_.clock.now() - *delivery.taken_at >= kPatience;
      if (times >= kRetryDelays.size() && patient) {
        bury(delivery, "no attacker row for its address", prepared);
        return;
      }
      const auto delay = kRetryDelays[std::min(times, kRetryDelays.size() - 1)];
      log::info(kComponent, fmt::format("no attacker row for {} yet: again in {} s",
                                        printable(expansion.ip), delay.count() / 1000));
      prepared.later[delay].push_back(delivery);
      return;
    }
    case Expansion::Outcome::kOversized:
      bury(delivery, std::move(expansion.reason), prepared);
      return;
    case Expansion::Outcome::kEvents:
      break;
  }
  std::vector<Tag> tags;
  for (const Event& event : expansion.events) {
    ++prepared.events;
    for (Tag& tag : tags_of(event, parts_.rate_limit, prepared.withheld)) {
      tags.push_back(std::move(tag));
    }
    record(event, storage::SeenIn::kLive, prepared.commit);
  }
  prepared.commit.tags.push_back(std::move(tags));
  prepared.done.push_back(delivery);
}

Intake::Outcome Intake::commit(storage::Commit& commit,
                               const std::function<void()>& while_waiting) {
  commit.announce = [this](std::span<const Tag* const> tags) {
    return messages_about(tags, parts_.clock.now());
  };
  return until_available(
      "commit",
      [&]() -> Result<void> {
        DECNET_TRY(storage::Committed committed, parts_.ledger.commit(commit));
        counters_.tags += committed.inserted;
        counters_.refused_rows += committed.refused.size();
        for (const storage::Refused& refused : committed.refused) {
          log::error(kComponent, fmt::format("tag not stored: {}", printable(refused.reason)));
        }
        counters_.last_commit_us = parts_.clock.now().time_since_epoch().count();
        if (committed.inserted > 0) parts_.announced(std::move(committed.unkept));
        return {};
      },
      while_waiting);
}

void Intake::take(std::span<const bus::Delivery> deliveries, bus::Subscription& subscription) {
  const bool suspect = std::any_of(
      deliveries.begin(), deliveries.end(),
      [](const bus::Delivery& delivery) { return delivery.attempt > kSuspectAttempts; });
  if (suspect || take_together(deliveries, subscription) == Outcome::kRefused) {
    take_one_by_one(deliveries, subscription);
  }
}

void Intake::take_one_by_one(std::span<const bus::Delivery> deliveries,
                             bus::Subscription& subscription) {
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const bus::Delivery& delivery = deliveries[i];
    const bool hopeless = i == 0 && delivery.attempt > kMaxAttempts;
    Outcome outcome =
        hopeless
            ? take_dead(delivery,
                        fmt::format("delivered {} times without being finished", delivery.attempt),
                        subscription)
            : take_together(deliveries.subspan(i, 1), subscription);
    if (outcome == Outcome::kRefused) {
      outcome = take_dead(delivery, "refused by the database: " + refusal_, subscription);
    }
    // Not even the dead letter is taken: a durable bus keeps the message, so does our queue.
    if (outcome == Outcome::kRefused) {
      subscription.postpone(deliveries.subspan(i, 1), kRetryDelays.back());
    }
    if (outcome == Outcome::kStopping) return;
  }
}

Intake::Outcome Intake::take_dead(const bus::Delivery& delivery, std::string reason,
                                  bus::Subscription& subscription) {
  Prepared prepared;
  bury(delivery, std::move(reason), prepared);
  return finish(std::move(prepared), std::span(&delivery, 1), subscription);
}

Intake::Outcome Intake::take_together(std::span<const bus::Delivery> deliveries,
                                      bus::Subscription& subscription) {
  // First everything that asks the database, which may have to be asked again as a whole.
  std::vector<Expansion> expansions;
  const Outcome asked = until_available(
      "look-up",
      [&]() -> Result<void> {
        expansions.clear();
        StoredAttackers directory(parts_.attackers, parts_.ledger.seen(), parts_.activity);
        for (const bus::Delivery& delivery : deliveries) {
          if (!delivery.damage.empty()) {
            expansions.emplace_back();
            continue;
          }
          DECNET_TRY(Expansion expansion, expand(delivery.envelope, directory));
          expansions.push_back(std::move(expansion));
        }
        return {};
      },
      [&] { subscription.keep(deliveries); });
  if (asked != Outcome::kDone) return asked;
  complete(expansions, [&] { subscription.keep(deliveries); });
  Prepared prepared;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    add(deliveries[i], std::move(expansions[i]), prepared);
  }
  return finish(std::move(prepared), deliveries, subscription);
}

// No transaction is open meanwhile, and the bus hears that the batch is still being worked on.
void Intake::complete(std::vector<Expansion>& expansions,
                      const std::function<void()>& while_waiting) {
  if (!parts_.complete) return;
  std::vector<Event*> mails;
  for (Expansion& expansion : expansions) {
    for (Event& event : expansion.events) {
      if (event.source_kind == to_string(SourceKind::kEmail)) mails.push_back(&event);
    }
  }
  if (mails.empty()) return;
  const auto reading = std::async(std::launch::async, [this, &mails] {
    for (Event* mail : mails) parts_.complete(*mail);
  });
  while (reading.wait_for(kKeepInterval) != std::future_status::ready) while_waiting();
}

Intake::Outcome Intake::finish(Prepared prepared, std::span<const bus::Delivery> deliveries,
                               bus::Subscription& subscription) {
  const Outcome outcome = commit(prepared.commit, [&] { subscription.keep(deliveries); });
  if (outcome != Outcome::kDone) return outcome;
  // Before they are acknowledged: what dies with this process comes again.
  const std::uint64_t lost = keep_aside(prepared.commit.dead_letters);
  subscription.acknowledge(prepared.done);
  tell(prepared.withheld);
  counters_.messages += prepared.done.size();
  counters_.events += prepared.events;
  counters_.undispatchable += prepared.undispatchable;
  counters_.dead_letters += prepared.commit.dead_letters.size() - lost;
  counters_.dead_letters_lost += lost + prepared.lost_letters;
  for (const auto& [delay, postponed] : prepared.later) {
    subscription.postpone(postponed, delay);
    counters_.retries += postponed.size();
  }
  return outcome;
}

bool Intake::take_events(const std::vector<Event>& events, const Cursors& cursors) {
  storage::Commit batch;
  batch.cursors = cursors;
  std::vector<Suppressed> withheld;
  for (const Event& event : events) {
    batch.tags.push_back(tags_of(event, nullptr, withheld));
    record(event, storage::SeenIn::kHistory, batch);
  }
  Outcome outcome = commit(batch, [] {});
  // The event that the database will not have must not keep the cursor from passing it.
  if (outcome == Outcome::kRefused && !events.empty()) {
    for (const Event& event : events) {
      storage::Commit one;
      std::vector<Suppressed> told_already;
      one.tags.push_back(tags_of(event, nullptr, told_already));
      record(event, storage::SeenIn::kHistory, one);
      outcome = commit(one, [] {});
      if (outcome == Outcome::kStopping) return false;
      if (outcome == Outcome::kRefused) {
        log::error(kComponent,
                   fmt::format("not tagged: stored {} {}: {}", printable(event.source_kind),
                               printable(event.source_id), refusal_));
      }
    }
    storage::Commit last;
    last.cursors = cursors;
    outcome = commit(last, [] {});
  }
  if (outcome == Outcome::kDone) {
    counters_.events += events.size();
    tell(withheld);
  }
  return outcome == Outcome::kDone;
}

}  // namespace decnet::worker
