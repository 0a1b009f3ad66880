// Replay end to end: stored history, through the shipped rules, into the database; and its parts.
//
// Mixes of commands: "invented" (tests/invented_history.h: every second one shows a technique) and,
// with DECNET_CORPORA_DIR, "real" (by how often attackers typed them: one in ten does).
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/base/clock.h"
#include "decnet/base/json.h"
#include "decnet/pipeline/replay.h"
#include "decnet/pipeline/stored_events.h"
#include "decnet/rules/loader.h"
#include "decnet/storage/database.h"
#include "decnet/tagging/tagger.h"
#include "tests/invented_history.h"
#include "tests/sqlite_file.h"

namespace {

using decnet::Json;

constexpr std::size_t kAttackers = 2'000;
constexpr std::size_t kCommandsEach = 100;

template <typename T>
T need(decnet::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

// Commands of a mix, in an order of its own.
class Mix {
 public:
  explicit Mix(bool real) {
    if (!real) return;
    std::ifstream file(corpora() / "corpora" / "cowrie_commands.dev.jsonl");
    std::uint64_t total = 0;
    for (std::string line; std::getline(file, line);) {
      const auto entry = need(Json::parse(line));
      total += static_cast<std::uint64_t>(*entry.find("count")->integer());
      texts_.emplace_back(total, *entry.find("text")->string());
    }
  }

  static std::filesystem::path corpora() {
    const char* named = std::getenv("DECNET_CORPORA_DIR");
    return named != nullptr ? named : "../shared";
  }
  static bool has_real() {
    return std::filesystem::exists(corpora() / "corpora" / "cowrie_commands.dev.jsonl");
  }

  std::string next() {
    if (texts_.empty()) return decnet::test::invented_command(random_);
    const auto place = random_() % texts_.back().first;
    return std::upper_bound(
               texts_.begin(), texts_.end(), place,
               [](std::uint64_t value, const auto& text) { return value < text.first; })
        ->second;
  }

 private:
  std::mt19937_64 random_{1};
  std::vector<std::pair<std::uint64_t, std::string>> texts_;  // with the counts added up
};

std::shared_ptr<const decnet::rules::RuleSet> shipped_rules() {
  static const auto rules = [] {
    auto loaded = decnet::rules::load_directory("rules/ttp");
    return decnet::rules::RuleSet::compile(std::move(loaded.rules),
                                           *decnet::attack::Catalogue::built_in())
        .rules;
  }();
  return rules;
}

void remove_database(const std::string& path) {
  for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}

struct Databases {
  std::map<bool, std::filesystem::path> by_mix;
  ~Databases() {
    for (const auto& [real, path] : by_mix) remove_database(path);
  }
};

// A database with 200,000 commands, made once per mix.
const std::filesystem::path& history(bool real) {
  static Databases made;
  auto& path = made.by_mix[real];
  if (!path.empty()) return path;
  path = std::filesystem::temp_directory_path() /
         fmt::format("decnet-bench-{}-{}.db", real ? "real" : "invented", getpid());
  need(decnet::storage::init_sqlite(path));
  decnet::test::SqliteFile file(path);
  Mix mix(real);
  file.run("BEGIN");
  for (std::size_t i = 0; i < kAttackers; ++i) {
    std::string commands = "[";
    for (std::size_t k = 0; k < kCommandsEach; ++k) {
      commands += k == 0 ? "" : ",";
      commands += fmt::format(R"({{"id":"c{}-{}","session_id":"s{}-{}","decky":"decky-01",)"
                              R"("service":"ssh","ts":"2026-03-04T09:11:50Z","command_text":)",
                              i, k, i, k / 8);
      decnet::append_json_string(commands, mix.next());
      commands += "}";
    }
    const auto seen = decnet::to_sql_text(decnet::system_clock().now());
    file.insert("attackers", {{"uuid", fmt::format("a77ac000-0000-4000-8000-{:012x}", i)},
                              {"ip", fmt::format("2001:db8::{:x}", i)},
                              {"first_seen", seen},
                              {"last_seen", seen},
                              {"event_count", "0"},
                              {"service_count", "1"},
                              {"decky_count", "1"},
                              {"services", "[]"},
                              {"deckies", "[]"},
                              {"is_traversal", "0"},
                              {"bounty_count", "0"},
                              {"credential_count", "0"},
                              {"fingerprints", "[]"},
                              {"commands", commands + "]"},
                              {"rotation_count", "0"},
                              {"ipv6_leak_count", "0"},
                              {"updated_at", seen}});
  }
  file.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  return path;
}

void report(benchmark::State& state, const decnet::pipeline::ReplayCounters& counters) {
  state.counters["commands/s"] = benchmark::Counter(static_cast<double>(counters.commands),
                                                    benchmark::Counter::kIsIterationInvariantRate);
  state.counters["tags/s"] = benchmark::Counter(static_cast<double>(counters.tags),
                                                benchmark::Counter::kIsIterationInvariantRate);
  state.counters["inserted"] = static_cast<double>(counters.inserted);
}

// What replay_commands() would be on one thread, a transaction a batch: what docs/decisions/0010
// compares with.
decnet::pipeline::ReplayCounters replay_on_one_thread(decnet::storage::Database& database,
                                                      const decnet::tagging::Tagger& tagger,
                                                      std::size_t batch_size) {
  decnet::pipeline::ReplayCounters counters;
  std::vector<decnet::Tag> pending;
  const auto flush = [&] {
    counters.inserted += need(database.repository().insert_tags(pending)).inserted.size();
    pending.clear();
  };
  const auto rows = need(database.history().iter_attacker_commands_since({}));
  while (auto row = need(rows->next())) {
    for (std::size_t i = 0; i < row->commands.size(); ++i, ++counters.commands) {
      const auto event = decnet::pipeline::command_event(*row, i, std::move(row->commands[i]));
      auto tags = tagger.tag(*event);
      counters.tags += tags.size();
      std::move(tags.begin(), tags.end(), std::back_inserter(pending));
      if (pending.size() >= batch_size) flush();
    }
  }
  flush();
  return counters;
}

enum class Kind { kFresh, kAgain, kDry, kOneThread };

void replay(benchmark::State& state, bool real, Kind kind) {
  if (real && !Mix::has_real()) {
    state.SkipWithError("no corpora here (DECNET_CORPORA_DIR)");
    return;
  }
  const auto& source = history(real);
  const auto copy = source.string() + ".copy";
  const decnet::tagging::Tagger tagger(shipped_rules(), decnet::system_clock());
  const decnet::pipeline::ReplayOptions options{
      .since = {},
      .batch_size = static_cast<std::size_t>(state.range(0)),
      .progress = {},
      .stop = {}};
  const auto run = [&] {
    const auto open = [&] {
      return need(decnet::storage::open_sqlite(copy, decnet::storage::OpenMode::kExisting));
    };
    const auto database = open();
    if (kind == Kind::kOneThread)
      return replay_on_one_thread(*database, tagger, options.batch_size);
    const auto store = kind == Kind::kDry ? nullptr : open();
    return need(
        decnet::pipeline::replay_commands(database->history(), tagger, store.get(), options));
  };
  decnet::pipeline::ReplayCounters counters;
  remove_database(copy);
  std::filesystem::copy_file(source, copy);
  if (kind == Kind::kAgain) run();
  for (auto _ : state) {
    if (kind == Kind::kFresh || kind == Kind::kOneThread) {
      state.PauseTiming();
      remove_database(copy);
      std::filesystem::copy_file(source, copy);
      state.ResumeTiming();
    }
    counters = run();
  }
  remove_database(copy);
  report(state, counters);
}

// The tagger alone, over events that are ready.
void tag_only(benchmark::State& state, bool real) {
  if (real && !Mix::has_real()) {
    state.SkipWithError("no corpora here (DECNET_CORPORA_DIR)");
    return;
  }
  Mix mix(real);
  std::vector<decnet::Event> events;
  for (std::size_t i = 0; i < 20'000; ++i) {
    const decnet::storage::AttackerCommands attacker{
        .uuid = "a-1", .identity_id = {}, .commands = {}};
    events.push_back(
        *decnet::pipeline::command_event(attacker, i,
                                         Json::object({{"session_id", "s-1"},
                                                       {"decky", "d-1"},
                                                       {"command_text", mix.next()},
                                                       {"ts", "2026-03-04T09:11:50Z"}})));
  }
  const decnet::tagging::Tagger tagger(shipped_rules(), decnet::system_clock());
  decnet::pipeline::ReplayCounters counters;
  counters.commands = events.size();
  for (auto _ : state) {
    counters.tags = 0;
    for (const auto& event : events) counters.tags += tagger.tag(event).size();
  }
  report(state, counters);
}

// Wall time: the work of a second thread counts as what it saves.
#define DECNET_REPLAY_BENCH(...)         \
  BENCHMARK_CAPTURE(replay, __VA_ARGS__) \
      ->Unit(benchmark::kMillisecond)    \
      ->MeasureProcessCPUTime()          \
      ->UseRealTime()

DECNET_REPLAY_BENCH(invented, false, Kind::kFresh)->Arg(500)->Arg(5'000)->Arg(100'000);
DECNET_REPLAY_BENCH(invented_one_thread, false, Kind::kOneThread)->Arg(500);
DECNET_REPLAY_BENCH(invented_again, false, Kind::kAgain)->Arg(500)->Arg(5'000);
DECNET_REPLAY_BENCH(invented_dry, false, Kind::kDry)->Arg(500);
DECNET_REPLAY_BENCH(real, true, Kind::kFresh)->Arg(500)->Arg(5'000)->Arg(100'000);
DECNET_REPLAY_BENCH(real_one_thread, true, Kind::kOneThread)->Arg(500);
DECNET_REPLAY_BENCH(real_again, true, Kind::kAgain)->Arg(500);
DECNET_REPLAY_BENCH(real_dry, true, Kind::kDry)->Arg(500);
BENCHMARK_CAPTURE(tag_only, invented, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(tag_only, real, true)->Unit(benchmark::kMillisecond);

}  // namespace
