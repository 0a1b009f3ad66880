// What continuous reloading costs those who tag: threads tag commands while another edits one rule
// after the other, compiles and swaps, or sets states. Turn by turn without and with it, so that
// what else the machine does hits both sides alike; each side's best turn counts, in events per
// second of the tagging threads' own processor time (and, beside it, of the clock on the wall,
// which is the same where there are more processors than threads).
//
//   reload_bench [seconds of each turn]          (default: 0.5; needs rules/ttp)
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/command_texts.h"
#include "bench/rule_documents.h"
#include "decnet/rules/reader.h"
#include "decnet/tagging/tagger.h"

namespace {

using decnet::Event;
using decnet::Json;
using decnet::rules::Definition;
using decnet::rules::RuleSet;
using decnet::rules::State;
using decnet::tagging::Tagger;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kTurns = 7;

std::vector<Event> command_events(std::size_t count) {
  std::vector<Event> events;
  for (std::string& text : decnet::bench::command_texts(count)) {
    Event& event = events.emplace_back();
    event.source_kind = "command";
    event.source_id = "s#" + std::to_string(events.size());
    event.attacker_uuid = "5d0c6f2e-0000-4000-8000-00000000a001";
    event.payload = Json::object({{"command_text", std::move(text)}});
  }
  return events;
}

// Rules under edit, and a tagger on them.
class Installation {
 public:
  explicit Installation(std::size_t rules) {
    for (const std::string& document : decnet::bench::rule_documents(rules)) {
      std::vector<decnet::rules::Problem> problems;
      auto definition = decnet::rules::read_definition(document, "made_up.yaml", problems);
      definitions_.push_back(std::make_shared<const Definition>(*std::move(definition)));
    }
    rules_ = RuleSet::compile(definitions_, *catalogue_).rules;
    tagger_ = std::make_unique<Tagger>(rules_, decnet::system_clock());
  }
  [[nodiscard]] const Tagger& tagger() const { return *tagger_; }

  // Adds something to one pattern that makes it another one that matches the same.
  void edit_a_rule() {
    do {
      next_ = (next_ + 7) % definitions_.size();
    } while (!definitions_[next_]->is_pattern_rule());
    Definition changed = *definitions_[next_];
    changed.version += 1;
    if (changed.pattern.ends_with("(?:)")) {
      changed.pattern.resize(changed.pattern.size() - 4);
    } else {
      changed.pattern += "(?:)";
    }
    definitions_[next_] = std::make_shared<const Definition>(std::move(changed));
    rules_ = RuleSet::compile(definitions_, *catalogue_, {.previous = rules_.get()}).rules;
    tagger_->set_rules(rules_);
  }

  void set_a_state() {
    next_ = (next_ + 7) % definitions_.size();
    tagger_->set_states({{definitions_[next_]->id, {.kind = State::Kind::kDisabled}}});
  }
  void reset_states() { tagger_->set_states({}); }

 private:
  std::shared_ptr<const decnet::attack::Catalogue> catalogue_ =
      decnet::attack::Catalogue::built_in();
  std::vector<std::shared_ptr<const Definition>> definitions_;
  std::shared_ptr<const RuleSet> rules_;
  std::unique_ptr<Tagger> tagger_;
  std::size_t next_ = 0;
};

Seconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
}

struct Speed {
  double by_processor = 0;  // events a second
  double by_wall = 0;
  double reloads = 0;  // a second
};

Speed one_turn(const Tagger& tagger, const std::vector<Event>& events, Seconds length,
               const std::function<void()>& reload, std::chrono::milliseconds pause) {
  std::atomic<bool> done{false};
  std::size_t reloads = 0;
  std::thread reloading([&] {
    if (!reload) return;
    while (!done) {
      reload();
      ++reloads;
      if (pause.count() > 0) std::this_thread::sleep_for(pause);
    }
  });
  const auto begin = Clock::now();
  const Seconds processor_begin = processor_time();
  std::size_t tagged = 0;
  while (Clock::now() - begin < length) {
    for (int i = 0; i < 256; ++i) (void)tagger.tag(events[tagged++ % events.size()]);
  }
  const Seconds wall = Clock::now() - begin;
  const Seconds processor = processor_time() - processor_begin;
  done = true;
  reloading.join();
  const auto count = static_cast<double>(tagged);
  return {count / processor.count(), count / wall.count(),
          static_cast<double>(reloads) / wall.count()};
}

void keep_best(Speed& best, const Speed& one) {
  best.by_processor = std::max(best.by_processor, one.by_processor);
  best.by_wall = std::max(best.by_wall, one.by_wall);
  best.reloads = std::max(best.reloads, one.reloads);
}

void compare(Installation& installation, std::size_t rules, const std::vector<Event>& events,
             Seconds length, const std::string& what, std::chrono::milliseconds pause,
             const std::function<void()>& reload) {
  Speed without;
  Speed with;
  for (int turn = 0; turn < kTurns; ++turn) {
    keep_best(without, one_turn(installation.tagger(), events, length, nullptr, pause));
    keep_best(with, one_turn(installation.tagger(), events, length, reload, pause));
    installation.reset_states();
  }
  fmt::print("{:>5}  {:<28} {:>9.0f} {:>10.0f} {:>10.0f} {:>6.2f} {:>11.0f} {:>10.0f} {:>6.2f}\n",
             rules, what, with.reloads, without.by_processor, with.by_processor,
             with.by_processor / without.by_processor, without.by_wall, with.by_wall,
             with.by_wall / without.by_wall);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const double named = argc > 1 ? std::atof(argv[1]) : 0;
  const Seconds length(named > 0 ? named : 0.5);
  const auto events = command_events(50'000);
  fmt::print(
      "                                             processor: events/s            "
      "wall: events/s\n");
  fmt::print(
      "rules  reload                       reloads/s    without       with  ratio     "
      "without       with  ratio\n");
  for (const std::size_t rules : {59U, 5'000U}) {
    Installation installation(rules);
    using std::chrono::milliseconds;
    compare(installation, rules, events, length, "an edit every 100 ms", milliseconds(100),
            [&] { installation.edit_a_rule(); });
    // As fast as files in a directory are told of: each has to rest for as long.
    compare(installation, rules, events, length, "an edit every 10 ms", milliseconds(10),
            [&] { installation.edit_a_rule(); });
    compare(installation, rules, events, length, "edits without a pause", milliseconds(0),
            [&] { installation.edit_a_rule(); });
    compare(installation, rules, events, length, "states without a pause", milliseconds(0),
            [&] { installation.set_a_state(); });
  }
  return 0;
}
