#include "decnet/worker/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/worker/catch_up.h"
#include "decnet/worker/gaps.h"
#include "decnet/worker/retention.h"
#include "decnet/worker/topics.h"

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

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::string_view word_for(bus::Link link) {
  switch (link) {
    case bus::Link::kConnected:
      return "connected";
    case bus::Link::kReconnecting:
      return "reconnecting";
    case bus::Link::kClosed:
      return "closed";
    case bus::Link::kDisabled:
      return "disabled";
  }
  return "closed";
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

// What a broker's heartbeat says it dropped of what was for workers: this one, or one beside it.
// The framework's broker does not tell.
std::uint64_t dropped_for_workers(const Json& heartbeat) {
  const Json* subscribers = heartbeat.find("dropped_by_subscriber");
  if (subscribers == nullptr || subscribers->object() == nullptr) return 0;
  std::uint64_t dropped = 0;
  for (const auto& [name, count] : *subscribers->object()) {
    const std::int64_t* number = count.integer();
    if (!name.ends_with(fmt::format(" {}", kClientName)) || number == nullptr) continue;
    dropped += static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0));
  }
  return dropped;
}

}  // namespace

// Watches the link and the queue, and keeps the record of when events may have been lost.
class Worker::Links {
 public:
  Links(bus::Bus& bus, storage::Ledger& ledger, const Clock& clock)
      : bus_(bus), ledger_(ledger), clock_(clock) {}

  // The first gap: from the last sign of life of the process before, or from `started` on the first
  // run of all, which is written down, until now. Errors: kUnavailable; to be called again.
  Result<void> begin(UtcTime started, Intake& intake) {
    if (begun_ || !ledger_.kept()) return {};
    DECNET_TRY(const auto alive, ledger_.cursor(storage::kWorkerAlive));
    if (!alive && !note_alive(started, intake)) {
      return fail(ErrorCode::kUnavailable, "the first run was not written down");
    }
    if (records()) gaps_.add(alive ? alive->time : started, clock_.now());
    begun_ = true;
    return {};
  }
  // Nothing before `time` is missing. False: not written down.
  static bool note_alive(UtcTime time, Intake& intake) {
    return intake.take_events({}, {{std::string(storage::kWorkerAlive), {time, ""}}});
  }

  // True when a catch-up is due now: the bus is back. (What a full queue drops, here or in the
  // broker, waits for the next slow tick: a worker that cannot keep up must not be kept from it.)
  bool look(std::uint64_t dropped) {
    const bus::State state = bus_.state();
    const bool connected = state.link == bus::Link::kConnected;
    const bool was_connected = std::exchange(connected_, connected);
    if (!records()) return false;
    const UtcTime now = clock_.now();
    const UtcTime before = std::exchange(last_look_, now).value_or(now);
    if (!connected) gaps_.open(before);
    // It may have gone and come back while the database kept the worker waiting.
    const bool again = std::exchange(reconnects_, state.reconnects) < state.reconnects;
    const bool dropped_more = std::exchange(dropped_, dropped) < dropped;
    if (connected && !was_connected) gaps_.close(now);
    if (again || dropped_more) gaps_.add(before, now);
    return connected && (again || !was_connected);
  }

  Gaps& gaps() { return gaps_; }
  // Only a transport that keeps nothing has gaps.
  [[nodiscard]] bool records() const { return ledger_.kept() && !bus_.durable(); }
  [[nodiscard]] bool connected() const { return connected_; }

 private:
  bus::Bus& bus_;
  storage::Ledger& ledger_;
  const Clock& clock_;
  Gaps gaps_;
  bool begun_ = false;
  bool connected_ = false;
  std::uint64_t reconnects_ = 0;
  std::uint64_t dropped_ = 0;
  std::optional<UtcTime> last_look_;
};

Worker::Worker(Parts parts, Options options)
    : parts_(std::move(parts)),
      options_(options),
      publisher_(parts_.bus, parts_.publisher_database.ledger(), publisher_counters_),
      rule_plane_(parts_.follower, parts_.mirroring, publisher_, parts_.clock),
      budgets_(parts_.clock) {}

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
  std::uint64_t dropped_before = 0;
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
      // Counted by connection: after a new one it begins again.
      const std::uint64_t now = dropped_for_workers(delivery.envelope.payload);
      const std::uint64_t before = std::exchange(dropped_before, now);
      if (now > before) dropped_by_broker_ += now - before;
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

Json to_payload(const Health& health, UtcTime now) {
  const double ts = std::chrono::duration<double>(now.time_since_epoch()).count();
  std::vector<std::string> problems;  // file names may be of any bytes
  for (const std::string& text : health.rule_plane.broken.texts) {
    problems.push_back(to_valid_utf8(text));
  }
  Json last_commit;
  if (health.last_commit_us != 0) {
    last_commit = static_cast<double>(health.last_commit_us) / 1e6;
  }
  return Json::object({{"worker", "ttp"},
                       {"ts", ts},
                       {"uptime_s", health.uptime_s},
                       {"bus", word_for(health.bus.link)},
                       {"bus_error", health.bus.last_error},
                       {"reconnects", integer(health.bus.reconnects)},
                       {"rules", integer(health.rules)},
                       {"rules_disabled", integer(health.rule_plane.disabled)},
                       {"rules_clipped", integer(health.rule_plane.clipped)},
                       {"rule_reloads", integer(health.rule_plane.reloads)},
                       {"rule_problem_count", integer(health.rule_plane.broken.count)},
                       {"rule_problems", Json(Json::Array(problems.begin(), problems.end()))},
                       {"rule_store_error", to_valid_utf8(health.rule_plane.failure)},
                       {"received", integer(health.intake.received)},
                       {"dropped", integer(health.intake.dropped)},
                       {"dropped_by_broker", integer(health.dropped_by_broker)},
                       {"spooled", integer(health.intake.spooled)},
                       {"undecodable", integer(health.intake.undecodable)},
                       {"queue_depth", integer(health.queue_depth)},
                       {"messages", integer(health.messages)},
                       {"events", integer(health.events)},
                       {"tags", integer(health.tags)},
                       {"undispatchable", integer(health.undispatchable)},
                       {"retries", integer(health.retries)},
                       {"dead_letters", integer(health.dead_letters)},
                       {"dead_letters_lost", integer(health.dead_letters_lost)},
                       {"below_floor", integer(health.below_floor)},
                       {"rate_limited", integer(health.rate_limited)},
                       {"rule_disabled", integer(health.rule_disabled)},
                       {"refused_rows", integer(health.refused_rows)},
                       {"database_failures", integer(health.database_failures)},
                       {"lifter_failures", integer(health.lifter_failures)},
                       {"caught_up", integer(health.caught_up)},
                       {"published", integer(health.published)},
                       {"unpublishable", integer(health.unpublishable)},
                       {"announcements_lost", integer(health.announcements_lost)},
                       {"outbox", integer(health.outbox)},
                       {"last_commit", last_commit},
                       {"own_tables", health.kept}});
}

}  // namespace decnet::worker
