// Tagger: Events in, Tags out. Asks every lifter that claims the event's kind, in registry order.
//
// Threads:   tag() may be called from several threads at once; the set…() at any time, from any.
// Snapshot:  one call of tag() sees one rule set and the states laid over it, whatever is set
//            meanwhile.
// Ownership: keeps the clock and the registry by reference; they outlive it.
// Isolation: a lifter that throws costs its own tags of that event, is counted and logged (the
//            1st, 2nd, 4th, 8th … time, so that hostile input cannot flood the log); an event
//            without attacker and identity yields no tags and no log line above DEBUG; a kind that
//            nobody claims is logged once per kind (WARNING when it is a known kind, else INFO).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/lifters/lifter.h"
#include "decnet/model/event.h"
#include "decnet/model/suppressed.h"
#include "decnet/model/tag.h"
#include "decnet/rules/overlay.h"
#include "decnet/rules/rule_set.h"
#include "decnet/rules/state.h"
#include "decnet/tagging/measurements.h"

namespace decnet::tagging {

class Tagger {
 public:
  // `rules` is never null.
  Tagger(std::shared_ptr<const rules::RuleSet> rules, const Clock& clock,
         std::span<const lifters::Lifter> registry = lifters::registry());

  // Tags of one event: those of the first lifter, then of the second, …; equal for equal input but
  // for created_at. What disabled rules would have given is appended to `suppressed`, unless nobody
  // asks (null).
  [[nodiscard]] std::vector<Tag> tag(const Event& event,
                                     std::vector<Suppressed>* suppressed = nullptr) const;
  // Tags of all events, in order, all of them by the same rules.
  [[nodiscard]] std::vector<Tag> tag(std::span<const Event> events,
                                     std::vector<Suppressed>* suppressed = nullptr) const;

  // From the next call of tag() on these count; calls under way keep what they began with. Each
  // keeps the other: states may be of rules that come later.
  void set_rules(std::shared_ptr<const rules::RuleSet> rules);
  void set_states(rules::States states);
  // Both in one step.
  void set(std::shared_ptr<const rules::RuleSet> rules, rules::States states);
  [[nodiscard]] std::shared_ptr<const rules::RuleSet> rules() const;
  [[nodiscard]] rules::States states() const;

  // Every event from now on is recorded there, in whatever thread. To be called before there are
  // several; `measurements` outlives the tagger.
  void measure(Measurements& measurements) { measurements_ = &measurements; }

  // What lifters look up from now on. To be called before there are several threads.
  void know(lifters::Knowledge known) { known_ = std::move(known); }

  [[nodiscard]] std::uint64_t lifter_failures() const { return lifter_failures_; }

 private:
  // What counts from some moment on; never changed, only replaced.
  struct InForce {
    std::shared_ptr<const rules::RuleSet> rules;
    rules::Overlay states;
  };

  [[nodiscard]] std::shared_ptr<const InForce> in_force() const;
  void replace(std::shared_ptr<const rules::RuleSet> rules, rules::States states);
  void tag_into(const lifters::Lifting& lifting) const;
  void run(const lifters::Lifter& lifter, const lifters::Lifting& lifting) const;
  void say_unclaimed(const std::string& source_kind) const;
  void say_failed(const lifters::Lifter& lifter, std::string_view reason) const;

  // Not std::atomic<std::shared_ptr>: that of libstdc++ 12 gives its lock back with relaxed order,
  // which is a data race and which the thread sanitizer reports.
  mutable std::mutex in_force_mutex_;
  std::shared_ptr<const InForce> in_force_;
  std::mutex set_mutex_;  // held while what comes next is made of what is in force
  // What calls may still hold; looked through at the next set…(). Otherwise it would nearly always
  // be a call of tag() that lets go last and then takes thousands of rules apart.
  std::vector<std::shared_ptr<const InForce>> retired_;

  const Clock& clock_;
  std::array<std::vector<const lifters::Lifter*>, kSourceKindNames.size()> by_kind_;
  Measurements* measurements_ = nullptr;
  lifters::Knowledge known_;
  mutable std::atomic<std::uint64_t> lifter_failures_{0};
  mutable lifters::DroppedKeys dropped_;
  mutable std::mutex unclaimed_mutex_;
  mutable std::set<std::string> unclaimed_;
};

}  // namespace decnet::tagging
