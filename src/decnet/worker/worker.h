// Worker: the live end. Takes events from the bus, tags and commits them, announces what was new,
// and tells how it is doing.
//
// Threads: run() uses the caller's for intake and catch-up, one for announcements, one for the
//          heartbeat and the control topic, and those of the rule plane. stop() from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/base/limited_warning.h"
#include "decnet/bus/bus.h"
#include "decnet/rulebook/budget_record.h"
#include "decnet/storage/database.h"
#include "decnet/tagging/tagger.h"
#include "decnet/worker/health.h"
#include "decnet/worker/intake.h"
#include "decnet/worker/publisher.h"
#include "decnet/worker/rule_plane.h"
#include "decnet/worker/suppression.h"
#include "decnet/worker/topics.h"

namespace decnet::worker {

class CatchUp;
class Links;
class Retention;

class Worker {
 public:
  struct Options {
    std::chrono::milliseconds slow_tick{60'000};  // catch-up, while nothing else asks for it
    std::chrono::milliseconds heartbeat{30'000};
    std::chrono::milliseconds drain{10'000};  // for what was taken, at the end
    std::size_t batch = 256;                  // messages committed together
  };
  struct Parts {
    bus::Bus& bus;
    tagging::Tagger& tagger;
    storage::Database& intake_database;     // two connections: announcing must not wait for
    storage::Database& publisher_database;  // tagging, nor tagging for announcing
    const Clock& clock;
    // Asked at every turn: true when it is time to stop (a signal came).
    std::function<bool()> stop_asked;
    // Called about once a second from the heartbeat's thread: `alive` is false when the intake has
    // made no turn for a while. For service managers and reloads.
    std::function<void(bool alive, const Health&)> every_second;
    // Followed while the worker works, every change announced; null: the tagger's rules stay.
    rulebook::Follower* follower = nullptr;
    // Keeps the rules of the database as those of a directory; null: nobody asked for it.
    rulestore::Mirroring* mirroring = nullptr;
    // As Intake::Parts has it.
    tagging::RateLimit* rate_limit = nullptr;
    // As Intake::Parts::complete.
    std::function<void(Event&)> complete = {};
    // As Intake::Parts::dead_letters.
    storage::DeadLetterFiles* dead_letters = nullptr;
  };

  Worker(Parts parts, Options options);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Works until stop(), then finishes and commits what was taken, empties the outbox as far as the
  // bus takes it, and closes the bus. Errors: kInvalid when the bus refuses the subscriptions.
  Result<void> run();

  // From any thread.
  void stop() { stopping_ = true; }

  // Threads: any.
  [[nodiscard]] Health health() const;

 private:
  void work(bus::Subscription& subscription, Intake& intake, UtcTime started);
  // Errors: as the database answers; kUnavailable only when the worker is to stop.
  Result<void> begin(CatchUp& catch_up, Links& links, Intake& intake, UtcTime started);
  // What is done now and then, when nothing else waits.
  void tick(CatchUp& catch_up, Links& links, Intake& intake, Retention& retention);
  void record_budgets();
  void drain(bus::Subscription& subscription, Intake& intake);
  void serve(bus::Subscription& control);
  void obey(const bus::Envelope& message);
  void beat();
  [[nodiscard]] bool stopping() const { return stopping_ || parts_.stop_asked(); }
  // Intake's thread: waits that long, or until the worker is to stop; false when the time for what
  // was taken is over.
  bool wait(std::chrono::milliseconds time);
  // From the first call on: when draining ends.
  std::chrono::steady_clock::time_point drain_deadline();

  Parts parts_;
  const Options options_;
  std::atomic<bool> stopping_{false};
  std::optional<std::chrono::steady_clock::time_point> drain_deadline_;
  std::atomic<bool> finished_{false};          // intake is done: the service thread may go
  std::atomic<std::int64_t> last_turn_ms_{0};  // steady clock, of the intake's loop
  std::atomic<std::uint64_t> caught_up_{0};
  std::atomic<std::uint64_t> dropped_by_broker_{0};
  std::atomic<const bus::Subscription*> subscription_{nullptr};
  IntakeCounters intake_counters_;
  PublisherCounters publisher_counters_;
  Publisher publisher_;
  RulePlane rule_plane_;
  rulebook::BudgetRecord budgets_;  // of the thread that works
  SuppressionCounters suppression_counters_;
  log::LimitedWarning losses_said_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace decnet::worker
