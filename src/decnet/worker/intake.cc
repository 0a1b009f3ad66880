#include "decnet/worker/intake.h"

#include <fmt/format.h>

#include <algorithm>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/worker/announcement.h"

namespace decnet::worker {
namespace {

constexpr const char* kComponent = "ttp.worker";
constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLastPause{15'000};

// What expand() needs, from the storage.
class Directory final : public AttackerDirectory {
 public:
  explicit Directory(storage::Attackers& attackers) : attackers_(attackers) {}

  Result<std::optional<Attacker>> by_ip(std::string_view ip) override {
    // A batch often has many messages of one address.
    if (const auto known = known_.find(ip); known != known_.end()) return known->second;
    DECNET_TRY(const auto row, attackers_.by_ip(ip));
    std::optional<Attacker> attacker;
    if (row) attacker = Attacker{row->uuid, row->identity_id};
    known_.emplace(std::string(ip), attacker);
    return attacker;
  }

  Result<std::optional<Json>> intel_to_catch_up(std::string_view attacker_uuid) override {
    return attackers_.intel_to_catch_up(attacker_uuid);
  }

 private:
  storage::Attackers& attackers_;
  std::map<std::string, std::optional<Attacker>, std::less<>> known_;
};

std::vector<storage::OutboxMessage> messages_about(std::span<const Tag* const> tags, UtcTime now) {
  std::vector<storage::OutboxMessage> messages;
  for (bus::Envelope& envelope : announce(tags, now)) {
    messages.push_back({0, std::move(envelope.id), std::move(envelope.topic),
                        std::move(envelope.type), std::move(envelope.payload), now});
  }
  return messages;
}

std::optional<storage::SeenCommand> seen_of(const Event& event) {
  if (event.source_kind != to_string(SourceKind::kCommand) || !event.attacker_uuid) {
    return std::nullopt;
  }
  const auto text = [&event](std::string_view key) {
    const Json* value = event.payload.find(key);
    const std::string* string = value == nullptr ? nullptr : value->string();
    return string == nullptr ? std::string() : *string;
  };
  const auto instant = parse_time(text("ts"));
  if (!instant) return std::nullopt;  // nothing to recognise it by
  return storage::SeenCommand{*event.attacker_uuid, text("decky"), text("command_text"), *instant};
}

}  // namespace

struct Intake::Prepared {
  storage::Commit commit;
  std::vector<bus::Delivery> done;                                        // to acknowledge
  std::map<std::chrono::milliseconds, std::vector<bus::Delivery>> later;  // to postpone, by delay
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
      return Outcome::kRefused;
    }
    log::error(kComponent, fmt::format("{}: {}; trying again in {} ms", what,
                                       result.error().message, pause.count()));
    while_waiting();
    if (!parts_.wait(pause)) return Outcome::kStopping;
    pause = std::min(pause * 2, kLastPause);
  }
}

void Intake::bury(const bus::Delivery& delivery, std::string reason, Prepared& prepared) {
  const bus::Envelope& envelope = delivery.envelope;
  log::warning(kComponent, fmt::format("dead letter: {} {}: {}", printable(envelope.topic),
                                       printable(envelope.id), reason));
  storage::DeadLetter letter;
  letter.message_id = envelope.id;
  letter.topic = envelope.topic;
  letter.type = envelope.type;
  letter.payload = envelope.payload;
  letter.ts = envelope.ts;
  letter.reason = std::move(reason);
  letter.attempts = static_cast<std::int64_t>(delivery.attempt);
  letter.died_at = parts_.clock.now();
  prepared.commit.dead_letters.push_back(std::move(letter));
  prepared.done.push_back(delivery);
  lookups_.erase(envelope.id);
  ++counters_.dead_letters;
}

void Intake::add(const bus::Delivery& delivery, Expansion expansion, Prepared& prepared) {
  switch (expansion.outcome) {
    case Expansion::Outcome::kNotDispatchable:
      log::debug(kComponent,
                 fmt::format("{}: {}", printable(delivery.envelope.topic), expansion.reason));
      ++counters_.undispatchable;
      prepared.done.push_back(delivery);
      return;
    case Expansion::Outcome::kUnknownAttacker: {
      std::size_t& times = lookups_[delivery.envelope.id];
      if (times >= kRetryDelays.size()) {
        bury(delivery, "no attacker row for its address", prepared);
        return;
      }
      log::info(kComponent,
                fmt::format("no attacker row for {} yet: again in {} s", printable(expansion.ip),
                            kRetryDelays[times].count() / 1000));
      ++counters_.retries;
      prepared.later[kRetryDelays[times++]].push_back(delivery);
      return;
    }
    case Expansion::Outcome::kOversized:
      bury(delivery, std::move(expansion.reason), prepared);
      return;
    case Expansion::Outcome::kEvents:
      break;
  }
  lookups_.erase(delivery.envelope.id);
  std::vector<Tag> tags;
  for (const Event& event : expansion.events) {
    ++counters_.events;
    for (Tag& tag : parts_.tagger.tag(event)) tags.push_back(std::move(tag));
    if (auto seen = seen_of(event)) prepared.commit.seen.push_back(*std::move(seen));
  }
  prepared.commit.tags.push_back(std::move(tags));
  prepared.done.push_back(delivery);
}

Intake::Outcome Intake::commit(const storage::Commit& commit,
                               const std::function<void()>& while_waiting) {
  return until_available(
      "commit",
      [&]() -> Result<void> {
        DECNET_TRY(storage::Committed committed, parts_.ledger.commit(commit));
        counters_.tags += committed.inserted;
        counters_.below_floor += committed.below_floor;
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
  // First everything that asks the database, which may have to be asked again as a whole.
  std::vector<Expansion> expansions;
  const Outcome asked = until_available(
      "look-up",
      [&]() -> Result<void> {
        expansions.clear();
        Directory directory(parts_.attackers);
        for (const bus::Delivery& delivery : deliveries) {
          DECNET_TRY(Expansion expansion, expand(delivery.envelope, directory));
          expansions.push_back(std::move(expansion));
        }
        return {};
      },
      [&] { subscription.keep(deliveries); });
  if (asked == Outcome::kStopping) return;

  Prepared prepared;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const bus::Delivery& delivery = deliveries[i];
    if (asked == Outcome::kRefused) {
      bury(delivery, "its attacker could not be looked up", prepared);
    } else if (delivery.attempt > kMaxAttempts && lookups_.count(delivery.envelope.id) == 0) {
      bury(delivery, fmt::format("delivered {} times without being finished", delivery.attempt),
           prepared);
    } else {
      add(delivery, std::move(expansions[i]), prepared);
    }
  }
  finish(prepared, deliveries, subscription);
}

// Commits what was prepared. What the database refuses as a whole is tried message by message, and
// the one it refuses becomes a dead letter.
void Intake::finish(Prepared& prepared, std::span<const bus::Delivery> deliveries,
                    bus::Subscription& subscription) {
  prepared.commit.announce = [this](std::span<const Tag* const> tags) {
    return messages_about(tags, parts_.clock.now());
  };
  switch (commit(prepared.commit, [&] { subscription.keep(deliveries); })) {
    case Outcome::kStopping:
      return;
    case Outcome::kDone:
      break;
    case Outcome::kRefused:
      if (deliveries.size() > 1) {
        for (std::size_t i = 0; i < deliveries.size(); ++i) {
          take(deliveries.subspan(i, 1), subscription);
        }
        return;
      }
      if (prepared.commit.dead_letters.empty()) {
        Prepared last;
        bury(deliveries.front(), "the database refused its tags", last);
        finish(last, deliveries, subscription);
      } else {
        // Not even the dead letter is taken: a durable bus keeps the message.
        subscription.postpone(deliveries, kRetryDelays.back());
      }
      return;
  }
  subscription.acknowledge(prepared.done);
  counters_.messages += prepared.done.size();
  for (const auto& [delay, postponed] : prepared.later) subscription.postpone(postponed, delay);
}

bool Intake::take_events(const std::vector<Event>& events,
                         std::vector<std::pair<std::string, storage::Cursor>> cursors) {
  storage::Commit batch;
  batch.cursors = std::move(cursors);
  for (const Event& event : events) {
    ++counters_.events;
    batch.tags.push_back(parts_.tagger.tag(event));
  }
  batch.announce = [this](std::span<const Tag* const> tags) {
    return messages_about(tags, parts_.clock.now());
  };
  return commit(batch, [] {}) == Outcome::kDone;
}

}  // namespace decnet::worker
