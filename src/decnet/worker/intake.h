// Intake: batches of bus messages through the tagger into the database, each committed as a whole
// before it is acknowledged.
//
// What cannot be done now is never dropped silently: a database that does not answer is waited for,
// an attacker without a row is tried again after 1, 5, 15 and 60 s, a message that the database
// refuses or that keeps coming back unfinished is tried alone, and what still cannot be done
// becomes a dead letter. Nothing is counted before it is committed.
//
// Threads: one. The counters may be read by others.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/limited_warning.h"
#include "decnet/bus/bus.h"
#include "decnet/storage/attackers.h"
#include "decnet/storage/dead_letter_files.h"
#include "decnet/storage/ledger.h"
#include "decnet/tagging/rate_limit.h"
#include "decnet/tagging/tagger.h"
#include "decnet/worker/upstream.h"

namespace decnet::worker {

struct IntakeCounters {
  std::atomic<std::uint64_t> messages{0};           // done with: committed, or nothing to do
  std::atomic<std::uint64_t> events{0};             // given to the tagger
  std::atomic<std::uint64_t> tags{0};               // really new
  std::atomic<std::uint64_t> undispatchable{0};     // no kind, no anchor
  std::atomic<std::uint64_t> retries{0};            // postponed for an attacker without a row
  std::atomic<std::uint64_t> dead_letters{0};       // kept somewhere
  std::atomic<std::uint64_t> dead_letters_lost{0};  // there was no place for them
  std::atomic<std::uint64_t> refused_rows{0};
  std::atomic<std::uint64_t> database_failures{0};
  std::atomic<std::int64_t> last_commit_us{0};  // microseconds since the epoch, 0: none yet
};

class Intake {
 public:
  // Delays before an attacker without a row is looked up again; after the last one: dead letter.
  static constexpr std::array<std::chrono::milliseconds, 4> kRetryDelays = {
      std::chrono::seconds{1}, std::chrono::seconds{5}, std::chrono::seconds{15},
      std::chrono::seconds{60}};
  // A message delivered so often without being finished may be what ends the process: from here on
  // it is committed alone, so that the others of its batch get past it …
  static constexpr std::uint64_t kSuspectAttempts = 10;
  // … and from here on the first of the batch, at which the process must have ended, is buried.
  static constexpr std::uint64_t kMaxAttempts = 20;
  // Of what is no envelope so many are kept by one process: anybody can send more, at no cost.
  static constexpr std::uint64_t kMaxDamaged = 1'000;

  struct Parts {
    const tagging::Tagger& tagger;
    storage::Attackers& attackers;
    storage::Ledger& ledger;
    const Clock& clock;
    // Waits for that long, less when the worker is to stop; false: no more time, give up.
    std::function<bool(std::chrono::milliseconds)> wait;
    // Tells that something is in the outbox; gets what could not be kept there.
    std::function<void(std::vector<storage::OutboxMessage>)> announced;
    // How often a rule may tag one attacker; null: as often as it fires. What catch-up finds in the
    // database is never limited.
    tagging::RateLimit* rate_limit = nullptr;
    // Gets what was withheld of a batch that is committed. Null: nobody asks.
    std::function<void(std::span<const Suppressed>)> withheld = {};
    // What is known of logins and behaviour; null: nothing.
    storage::Activity* activity = nullptr;
    // Adds to an event what lies beside the database and takes its time to read, a stored mail.
    // Called on a thread of its own, before anything of the batch is committed; never throws.
    // May be empty.
    std::function<void(Event&)> complete = {};
    // Where dead letters go that the ledger does not keep; null: they are logged, and lost.
    storage::DeadLetterFiles* dead_letters = nullptr;
  };
  Intake(Parts parts, IntakeCounters& counters)
      : parts_(std::move(parts)), counters_(counters), damage_("ttp.worker", parts_.clock) {}

  // Tags and commits the deliveries, then acknowledges, postpones or buries each. Returns early,
  // leaving them unacknowledged, only when the worker is to stop while the database is away.
  void take(std::span<const bus::Delivery> deliveries, bus::Subscription& subscription);

  // The same for events that come from the database and not from the bus (catch-up). `cursors` are
  // committed with them. False when the worker is to stop while the database is away.
  using Cursors = std::vector<std::pair<std::string, storage::Cursor>>;
  bool take_events(const std::vector<Event>& events, const Cursors& cursors);

 private:
  struct Prepared;
  enum class Outcome {
    kDone,
    kStopping,  // the worker is to stop, and the database has not answered yet
    kRefused,   // the database answers, and will not have it: refusal_ says why
  };

  Outcome take_together(std::span<const bus::Delivery> deliveries, bus::Subscription& subscription);
  void take_one_by_one(std::span<const bus::Delivery> deliveries, bus::Subscription& subscription);
  Outcome take_dead(const bus::Delivery& delivery, std::string reason,
                    bus::Subscription& subscription);

  std::vector<Tag> tags_of(const Event& event, tagging::RateLimit* limit,
                           std::vector<Suppressed>& withheld) const;
  void tell(std::span<const Suppressed> withheld) const;
  void complete(std::vector<Expansion>& expansions, const std::function<void()>& while_waiting);
  void add(const bus::Delivery& delivery, Expansion expansion, Prepared& prepared);
  void bury(const bus::Delivery& delivery, std::string reason, Prepared& prepared) const;
  void bury_damaged(const bus::Delivery& delivery, Prepared& prepared);
  std::uint64_t keep_aside(std::span<const storage::DeadLetter> letters);
  Outcome finish(Prepared prepared, std::span<const bus::Delivery> deliveries,
                 bus::Subscription& subscription);
  Outcome commit(storage::Commit& commit, const std::function<void()>& while_waiting);
  template <typename Action>
  Outcome until_available(std::string_view what, Action action,
                          const std::function<void()>& while_waiting);

  Parts parts_;
  IntakeCounters& counters_;
  std::string refusal_;
  log::LimitedWarning damage_;
  std::uint64_t damaged_kept_ = 0;
};

}  // namespace decnet::worker
