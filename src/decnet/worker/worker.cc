#include "decnet/worker/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "decnet/base/log.h"
#include "decnet/worker/broker_losses.h"
#include "decnet/worker/catch_up.h"
#include "decnet/worker/links.h"
#include "decnet/worker/retention.h"

namespace decnet::worker {
namespace {

constexpr const char* kComponent = "ttp.worker";
constexpr const char* kDurableName = "decnet-ttp";
// While the intake waits or retries it turns at least this often; without a turn for the second
// time it counts as stuck.
constexpr std::chrono::milliseconds kTurn{500};
constexpr std::chrono::seconds kStuck{60};
constexpr std::chrono::milliseconds kPublishGrace{3'000};
// Between two tries to reach the database: at the start, and once the worker is to stop.
constexpr std::chrono::milliseconds kStartPause{500};
constexpr std::chrono::milliseconds kDrainPause{250};

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void warn_of_what_is_not_kept(const storage::DeadLetterFiles* letters) {
  log::warning(kComponent,
               fmt::format("this database has none of decnet's own tables, or those of an earlier "
                           "release: announcements are best effort, what the bus misses is not "
                           "caught up, and dead letters are {}; `decnet db init` adds the tables",
                           letters == nullptr ? "lost"
                                              : fmt::format("files in {}, {} of them at most",
                                                            letters->directory().string(),
                                                            letters->limits().count)));
}

}  // namespace

Worker::Worker(Parts parts, Options options)
    : parts_(std::move(parts)),
      options_(options),
      publisher_(parts_.bus, parts_.publisher_database.ledger(), publisher_counters_),
      rule_plane_(parts_.follower, parts_.mirroring, publisher_, parts_.clock),
      budgets_(parts_.clock),
      losses_said_(kComponent, parts_.clock) {}

bool Worker::wait(std::chrono::milliseconds time) {
  const bool was_stopping = stopping();
  if (was_stopping) time = std::min(time, kDrainPause);
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (stopping() == was_stopping && std::chrono::steady_clock::now() < deadline) {
    last_turn_ms_ = steady_ms();
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return !stopping() || std::chrono::steady_clock::now() < drain_deadline();
}

std::chrono::steady_clock::time_point Worker::drain_deadline() {
  if (!drain_deadline_) drain_deadline_ = std::chrono::steady_clock::now() + options_.drain;
  return *drain_deadline_;
}

Result<void> Worker::run() {
  const UtcTime started = parts_.clock.now();
  const std::vector<std::string> patterns(kSubscriptions.begin(), kSubscriptions.end());
  DECNET_TRY(auto subscription, parts_.bus.subscribe(patterns, kDurableName));
  const std::vector<std::string> spoken_to = {std::string(kControlTopic),
                                              std::string(kBrokerHealthTopic)};
  DECNET_TRY(auto control, parts_.bus.subscribe(spoken_to, ""));
  subscription_ = subscription.get();

  Suppression suppression(parts_.clock, suppression_counters_);
  Intake intake({parts_.tagger, parts_.intake_database.attackers(), parts_.intake_database.ledger(),
                 parts_.clock, [this](std::chrono::milliseconds time) { return wait(time); },
                 [this](std::vector<storage::OutboxMessage> unkept) {
                   publisher_.announce(std::move(unkept));
                 },
                 parts_.rate_limit,
                 [this, &suppression](std::span<const Suppressed> withheld) {
                   auto messages = suppression.tell(withheld);
                   if (!messages.empty()) publisher_.announce(std::move(messages));
                 },
                 &parts_.intake_database.activity(), parts_.complete, parts_.dead_letters},
                intake_counters_);
  if (!parts_.intake_database.ledger().kept()) warn_of_what_is_not_kept(parts_.dead_letters);
  last_turn_ms_ = steady_ms();
  std::thread publishing([this] { publisher_.run(); });
  rule_plane_.start();
  std::thread service([this, &control] { serve(*control); });

  work(*subscription, intake, started);
  drain(*subscription, intake);
  record_budgets();
  rule_plane_.stop();
  publisher_.finish(kPublishGrace);
  publishing.join();
  finished_ = true;
  control->wake();
  service.join();
  subscription_ = nullptr;
  parts_.bus.close();
  log::info(kComponent,
            fmt::format("stopped: {} messages taken from the bus, {} done with",
                        subscription->counters().received, intake_counters_.messages.load()));
  return {};
}

// What catch-up begins with is on record before anything is taken: what dies with this process, the
// next one finds.
Result<void> Worker::begin(CatchUp& catch_up, Links& links, Intake& intake, UtcTime started) {
  for (;;) {
    const auto begun = [&]() -> Result<void> {
      DECNET_CHECK(catch_up.begin());
      return links.begin(started, intake);
    }();
    if (begun || begun.error().code != ErrorCode::kUnavailable || stopping()) return begun;
    log::warning(kComponent, fmt::format("catch-up: {}; trying again", begun.error().message));
    wait(kStartPause);
  }
}

void Worker::work(bus::Subscription& subscription, Intake& intake, UtcTime started) {
  Links links(parts_.bus, parts_.intake_database.ledger(), parts_.clock);
  CatchUp catch_up({parts_.intake_database.history(), parts_.intake_database.attackers(),
                    parts_.intake_database.ledger(), intake, parts_.clock, started, [this] {
                      last_turn_ms_ = steady_ms();  // much to catch up is not being stuck
                      return stopping();
                    }});
  Retention retention(parts_.intake_database.ledger().seen(), parts_.clock);
  auto begun = begin(catch_up, links, intake, started);
  auto next_tick = std::chrono::steady_clock::now();  // the first one at once
  while (!stopping()) {
    last_turn_ms_ = steady_ms();
    const auto deliveries = subscription.next(options_.batch, kTurn);
    if (!deliveries.empty()) intake.take(deliveries, subscription);
    const auto now = std::chrono::steady_clock::now();
    const std::uint64_t dropped = subscription.counters().dropped + dropped_by_broker_;
    if (links.look(dropped)) next_tick = std::min(next_tick, now);
    // What waits in the queue or its spool was not missed, so it goes first; but not for ever.
    const bool waits = !deliveries.empty() && now < next_tick + options_.slow_tick;
    if (now < next_tick || waits) continue;
    if (!begun) begun = begin(catch_up, links, intake, started);
    if (begun) {
      tick(catch_up, links, intake, retention);
      record_budgets();
    } else {
      log::warning(kComponent, fmt::format("catch-up: {}", begun.error().message));
    }
    // From its end on: a long look must not be followed by the next one at once.
    next_tick = std::chrono::steady_clock::now() + options_.slow_tick;
  }
}

void Worker::tick(CatchUp& catch_up, Links& links, Intake& intake, Retention& retention) {
  const std::uint64_t before = intake_counters_.tags;
  const UtcTime now = parts_.clock.now();
  if (const auto all = catch_up.run(links.gaps()); all) {
    if (*all) links.gaps().settle(now);
  } else {
    log::warning(kComponent, fmt::format("catch-up: {}", all.error().message));
  }
  caught_up_ += intake_counters_.tags - before;
  if (const auto done = retention.tick(); !done) {
    log::warning(kComponent, fmt::format("record of tagged commands: {}", done.error().message));
  }
  if (links.connected()) {
    Links::note_alive(links.gaps().complete_until(now), intake);
  }
}

void Worker::record_budgets() {
  const auto done = budgets_.write(*parts_.tagger.rules(), parts_.intake_database.rule_budgets());
  if (!done) {
    log::warning(kComponent, fmt::format("record of exhausted budgets: {}", done.error().message));
  }
}

// What was taken from the bus is committed before the end, as far as time allows.
void Worker::drain(bus::Subscription& subscription, Intake& intake) {
  subscription.stop();
  while (std::chrono::steady_clock::now() < drain_deadline()) {
    last_turn_ms_ = steady_ms();
    const auto deliveries = subscription.next(options_.batch, std::chrono::milliseconds{0});
    if (deliveries.empty()) return;
    intake.take(deliveries, subscription);
  }
  log::warning(kComponent,
               fmt::format("stopped with {} events taken and not committed", subscription.depth()));
}

void Worker::serve(bus::Subscription& control) {
  auto next_beat = std::chrono::steady_clock::now();
  bool connected = false;
  std::uint64_t reconnects = 0;
  BrokerLosses losses;
  while (!finished_) {
    const bool alive = steady_ms() - last_turn_ms_ < std::chrono::milliseconds(kStuck).count();
    if (parts_.every_second) parts_.every_second(alive, health());
    // The first beat comes with the connection, also with a new one: until then nobody heard us.
    // Which may have ended and begun since we last looked.
    const bus::State state = parts_.bus.state();
    const bool was_connected = std::exchange(connected, state.link == bus::Link::kConnected);
    const bool again = std::exchange(reconnects, state.reconnects) < state.reconnects;
    if (connected && (!was_connected || again)) next_beat = std::chrono::steady_clock::now();
    if (std::chrono::steady_clock::now() >= next_beat) {
      beat();
      next_beat = std::chrono::steady_clock::now() + options_.heartbeat;
    }
    for (const bus::Delivery& delivery : control.next(16, std::chrono::seconds{1})) {
      if (delivery.envelope.topic == kControlTopic) {
        obey(delivery.envelope);
        continue;
      }
      const std::uint64_t dropped = losses.hear(delivery.envelope.payload);
      if (dropped == 0) continue;
      dropped_by_broker_ += dropped;
      losses_said_.say(fmt::format(
          "the broker had to drop {} events for workers, as they were not taken in time; what the "
          "database has of them is caught up",
          dropped));
    }
  }
}

void Worker::obey(const bus::Envelope& message) {
  const Json* action = message.payload.find("action");
  if (action != nullptr && action->string() != nullptr && *action->string() == "stop") {
    log::info(kComponent, "asked to stop on the control topic");
    stop();
  } else {
    log::debug(kComponent, "ignored a control message that is no stop");
  }
}

void Worker::beat() {
  const UtcTime now = parts_.clock.now();
  const auto envelope =
      bus::make_envelope(std::string(kHealthTopic), "health", to_payload(health(), now), now);
  if (const auto sent = parts_.bus.publish(envelope); !sent) {
    log::warning(kComponent, fmt::format("heartbeat: {}", sent.error().message));
  }
}

Health Worker::health() const {
  Health health;
  health.bus = parts_.bus.state();
  if (const bus::Subscription* subscription = subscription_) {
    health.intake = subscription->counters();
    health.queue_depth = subscription->depth();
    health.subscribed = health.bus.link == bus::Link::kConnected && subscription->in_force();
  }
  health.stopping = stopping();
  health.rules = parts_.tagger.rules()->rules().size();
  health.messages = intake_counters_.messages;
  health.events = intake_counters_.events;
  health.tags = intake_counters_.tags;
  health.undispatchable = intake_counters_.undispatchable;
  health.retries = intake_counters_.retries;
  health.dead_letters = intake_counters_.dead_letters;
  health.dead_letters_lost = intake_counters_.dead_letters_lost;
  health.rule_plane = rule_plane_.health();
  health.below_floor = suppression_counters_.below_floor;
  health.rate_limited = suppression_counters_.rate_limited;
  health.rule_disabled = suppression_counters_.rule_disabled;
  health.refused_rows = intake_counters_.refused_rows;
  health.database_failures = intake_counters_.database_failures;
  health.lifter_failures = parts_.tagger.lifter_failures();
  health.caught_up = caught_up_;
  health.dropped_by_broker = dropped_by_broker_;
  health.published = publisher_counters_.published;
  health.unpublishable = publisher_counters_.unpublishable;
  health.announcements_lost = publisher_counters_.lost;
  health.outbox = publisher_counters_.waiting;
  health.last_commit_us = intake_counters_.last_commit_us;
  health.uptime_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  health.kept = parts_.intake_database.ledger().kept();
  return health;
}

}  // namespace decnet::worker
