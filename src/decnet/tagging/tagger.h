// Tagger: Events in, Tags out. Asks every lifter that claims the event's kind, in registry order.
//
// Threads:   tag() may be called from several threads at once; set_rules() at any time.
// Isolation: a lifter that throws costs its own tags of that event, is counted and logged; an event
//            without attacker and identity yields no tags and no log line above DEBUG; a kind that
//            nobody claims is logged once per kind (WARNING when it is a known kind, else INFO).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/lifters/lifter.h"
#include "decnet/model/event.h"
#include "decnet/model/tag.h"
#include "decnet/rules/rule_set.h"

namespace decnet::tagging {

class Tagger {
 public:
  Tagger(std::shared_ptr<const rules::RuleSet> rules, const Clock& clock,
         std::span<const lifters::Lifter> registry = lifters::registry());

  // Tags of one event: those of the first lifter, then of the second, …; equal for equal input but
  // for created_at.
  [[nodiscard]] std::vector<Tag> tag(const Event& event) const;

  // From the next event on, these rules count; evaluations under way keep theirs.
  void set_rules(std::shared_ptr<const rules::RuleSet> rules);
  [[nodiscard]] std::shared_ptr<const rules::RuleSet> rules() const;

  [[nodiscard]] std::uint64_t lifter_failures() const { return lifter_failures_; }

 private:
  void say_unclaimed(const std::string& source_kind) const;

  std::atomic<std::shared_ptr<const rules::RuleSet>> rules_;
  const Clock& clock_;
  std::span<const lifters::Lifter> registry_;
  mutable std::atomic<std::uint64_t> lifter_failures_{0};
  mutable std::mutex unclaimed_mutex_;
  mutable std::set<std::string> unclaimed_;
};

}  // namespace decnet::tagging
