// Rules from a directory, told apart by inotify.
#include <algorithm>
#include <iterator>
#include <utility>

#include "decnet/rules/loader.h"
#include "decnet/rulestore/directory/directory_watch.h"
#include "decnet/rulestore/directory/rule_files.h"
#include "decnet/rulestore/directory/state_files.h"
#include "decnet/rulestore/expiry.h"
#include "decnet/rulestore/open.h"
#include "decnet/rulestore/state_check.h"
#include "decnet/rulestore/wake_up.h"

namespace decnet::rulestore {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

// Saving is several events, and who saves many files saves them at once: they are gathered until
// nothing happens for a moment, but not for long, however fast somebody writes.
constexpr milliseconds kQuiet{5};
constexpr milliseconds kGatherAtMost{50};
// Links are looked at, not watched: what they lead to may be anywhere.
constexpr milliseconds kLinksEvery{250};
// The clock that states end by may be set while this one runs on.
constexpr milliseconds kExpiryAtMost{500};

class DirectoryStore final : public RuleStore {
 public:
  DirectoryStore(std::filesystem::path rules, std::filesystem::path states, const Clock& clock)
      : clock_(clock),
        rules_watch_(rules, rules::is_rule_file_name),
        rules_(std::move(rules)),
        states_watch_(states, StateFiles::is_state_file_name),
        states_(std::move(states)) {}

  Result<Contents> load() override {
    look();
    is_touched_ = false;
    const auto seen_rules = rules_watch_.take();
    if (seen_rules.everything) rules_watch_.look_again(rules_.look_at_all());
    rules_watch_.look_again(rules_.look_at(seen_rules.names));
    const auto seen_states = states_watch_.take();
    if (seen_states.everything) states_.look_at_all();
    states_.look_at(seen_states.names);

    Contents contents;
    rules_.put_into(contents);
    put_states_into(contents);
    return contents;
  }

  void doubt() override {
    rules_watch_.doubt();
    states_watch_.doubt();
  }

  bool wait(milliseconds time) override {
    const auto end = Steady::now() + time;
    for (;;) {
      if (look()) {
        gather();
        return true;
      }
      const UtcTime now = clock_.now();
      const auto expiry = expiry_.next();
      if (expiry && *expiry <= now) return true;
      auto next = std::min({end, rules_watch_.next_look(), states_watch_.next_look()});
      if (rules_.has_links()) next = std::min(next, next_links_);
      if (expiry)
        next = std::min(next, Steady::now() + std::min<nanoseconds>(*expiry - now, kExpiryAtMost));
      const auto reason = sleep_until(next);
      if (reason == WakeUp::Reason::kSignal) return look();
      if (reason == WakeUp::Reason::kTime && Steady::now() >= end) return look();
      // Whoever fills a directory with what is not ours may not keep us busy.
      if (reason == WakeUp::Reason::kReadable && !look() &&
          wake_up_.sleep(kQuiet) == WakeUp::Reason::kSignal) {
        return look();
      }
    }
  }

  void wake() override { wake_up_.signal(); }

  Result<void> set_state(const RuleId& rule, rules::State state) override {
    DECNET_TRY(rules::State stored, stamped(rule, std::move(state), clock_.now()));
    DECNET_CHECK(states_.set({rule, std::move(stored)}));
    is_touched_ = true;
    return {};
  }

  Result<bool> reset_state(const RuleId& rule) override {
    DECNET_TRY(const bool removed, states_.remove(rule));
    is_touched_ = is_touched_ || removed;
    return removed;
  }

 private:
  bool look() {
    const bool rules = rules_watch_.look();
    const bool states = states_watch_.look();
    if (Steady::now() >= next_links_) {
      if (rules_.look_at_links()) is_touched_ = true;
      next_links_ = Steady::now() + kLinksEvery;
    }
    return rules || states || is_touched_;
  }

  WakeUp::Reason sleep_until(Steady::time_point time) {
    return wake_up_.sleep(time - Steady::now(),
                          {rules_watch_.descriptor(), states_watch_.descriptor()});
  }

  void gather() {
    const auto end = Steady::now() + kGatherAtMost;
    while (Steady::now() < end &&
           sleep_until(Steady::now() + kQuiet) == WakeUp::Reason::kReadable) {
      look();
    }
  }

  void put_states_into(Contents& contents) {
    const UtcTime now = clock_.now();
    auto sorted = expiry_.sort(states_.states(), now);
    for (const RuleId& rule : sorted.over) {
      const auto removed = states_.remove_expired(rule, now);
      if (!removed && removed.error().code != ErrorCode::kConflict) {
        contents.problems.push_back({rules::Problem::Severity::kWarning,
                                     {},
                                     0,
                                     "an expired state stays: " + removed.error().message});
      }
    }
    contents.states = std::move(sorted.in_force);
    contents.reverted = std::move(sorted.reverted);
    auto problems = states_.problems();
    std::move(problems.begin(), problems.end(), std::back_inserter(contents.problems));
  }

  const Clock& clock_;
  DirectoryWatch rules_watch_;
  RuleFiles rules_;
  DirectoryWatch states_watch_;
  StateFiles states_;
  Expiry expiry_;
  WakeUp wake_up_;
  bool is_touched_ = false;  // by this process, or behind a link
  Steady::time_point next_links_ = Steady::now() + kLinksEvery;
};

}  // namespace

std::unique_ptr<RuleStore> open_directory(std::filesystem::path rules, std::filesystem::path states,
                                          const Clock& clock) {
  return std::make_unique<DirectoryStore>(std::move(rules), std::move(states), clock);
}

}  // namespace decnet::rulestore
