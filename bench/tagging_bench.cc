// The tagger on short commands by the shipped pack: events in, tags with uuid and evidence out,
// nothing stored. `any` are all commands, each of which comes once; `quiet` those on which no rule
// fires; `repeated` as honeypots see them: a few thousand, the most frequent one in a tenth of all.
//
//   DECNET_TTP_RULES_DIR names the rules (default: rules/ttp).
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "bench/command_texts.h"
#include "decnet/rules/loader.h"
#include "decnet/tagging/tagger.h"

namespace decnet::bench {
namespace {

std::shared_ptr<const rules::RuleSet> shipped_rules() {
  const char* named = std::getenv("DECNET_TTP_RULES_DIR");
  auto loaded = rules::load_directory(named == nullptr ? "rules/ttp" : named);
  if (loaded.rules.empty()) {
    std::fprintf(stderr, "no rules: run it in the repository, or set DECNET_TTP_RULES_DIR\n");
    std::exit(1);
  }
  return rules::RuleSet::compile(std::move(loaded.rules), *attack::Catalogue::built_in()).rules;
}

// As the backfill makes them of stored entries.
std::vector<Event> command_events(std::size_t count) {
  std::vector<Event> events;
  for (std::string& text : command_texts(count)) {
    Event& event = events.emplace_back();
    event.source_kind = "command";
    event.source_id = "5d0c6f2e-0000-4000-8000-00000000a001#cmd" + std::to_string(events.size());
    event.attacker_uuid = "5d0c6f2e-0000-4000-8000-00000000a001";
    event.session_id = "session-1";
    event.decky_id = "decky-1";
    event.payload = Json::object({{"service", "ssh"},
                                  {"decky", "decky-1"},
                                  {"command_text", std::move(text)},
                                  {"ts", "2026-04-25T06:23:30.123456+00:00"}});
  }
  return events;
}

struct Input {
  std::shared_ptr<const rules::RuleSet> rules = shipped_rules();
  std::vector<Event> any = command_events(200'000);  // distinct
  std::vector<Event> quiet;
  std::vector<Event> repeated;

  Input() {
    repeat(5'000);
    for (const Event& event : any) {
      if (rules->match(event).empty()) quiet.push_back(event);
    }
  }

  // The n-th most frequent of `distinct` comes a n-th as often as the first (Zipf's law).
  void repeat(std::size_t distinct) {
    std::vector<double> weights;
    for (std::size_t i = 0; i < distinct; ++i) weights.push_back(1.0 / static_cast<double>(i + 1));
    std::discrete_distribution<std::size_t> draw(weights.begin(), weights.end());
    std::mt19937 random(20260101);
    for (std::size_t i = 0; i < 100'000; ++i) repeated.push_back(any[draw(random)]);
  }
};

const Input& input() {
  static const Input kInput;
  return kInput;
}

void count(benchmark::State& state, std::size_t tags) {
  const auto events = static_cast<double>(state.items_processed());
  state.counters["tags_an_event"] =
      benchmark::Counter(static_cast<double>(tags) / events, benchmark::Counter::kAvgThreads);
}

void tag_one_by_one(benchmark::State& state, const std::vector<Event>& events) {
  const tagging::Tagger tagger(input().rules, system_clock());
  std::size_t next = 0;
  std::size_t tags = 0;
  for (auto unused : state) {
    (void)unused;
    tags += tagger.tag(events[next]).size();
    next = next + 1 < events.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
  count(state, tags);
}

// One tagger shared by all threads, as a pool of workers does it.
void tag_batches(benchmark::State& state, const std::vector<Event>& events) {
  static const tagging::Tagger tagger(input().rules, system_clock());
  constexpr std::size_t kBatch = 256;
  const std::span<const Event> all(events);
  std::size_t next = static_cast<std::size_t>(state.thread_index()) * kBatch;
  std::size_t tags = 0;
  for (auto unused : state) {
    (void)unused;
    if (next + kBatch > all.size()) next = 0;
    tags += tagger.tag(all.subspan(next, kBatch)).size();
    next += kBatch;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  count(state, tags);
}

void match_only(benchmark::State& state, const std::vector<Event>& events) {
  std::size_t next = 0;
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(input().rules->match(events[next]));
    next = next + 1 < events.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}

void build_rule_set(benchmark::State& state) {
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(shipped_rules());
  }
}

BENCHMARK_CAPTURE(match_only, quiet, input().quiet);
BENCHMARK_CAPTURE(match_only, any, input().any);
BENCHMARK_CAPTURE(tag_one_by_one, quiet, input().quiet);
BENCHMARK_CAPTURE(tag_one_by_one, any, input().any);
BENCHMARK_CAPTURE(tag_one_by_one, repeated, input().repeated);
BENCHMARK_CAPTURE(tag_batches, repeated, input().repeated)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_CAPTURE(tag_batches, any, input().any)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(build_rule_set)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace decnet::bench
