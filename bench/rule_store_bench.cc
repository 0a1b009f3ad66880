// Rule stores with many rules: a first load, one save until it is loaded, one look at an unchanged
// or changed database.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "decnet/rulestore/changes.h"
#include "decnet/rulestore/database/mirror.h"
#include "decnet/rulestore/open.h"

namespace {

namespace fs = std::filesystem;
using decnet::rulestore::Contents;
using decnet::rulestore::RuleStore;

template <typename T>
T need(decnet::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

std::string rule(std::int64_t number, int version) {
  return fmt::format(
      "rule_id: R{0:05}\nrule_version: {1}\nname: rule_{0}\ndescription: >\n  Something that "
      "attackers do, told in a sentence or two so that the file has the size of a real one.\n"
      "applies_to: [command]\nmatch:\n  pattern: '(?i)\\btool{0}\\b\\s+-[a-z]'\nemits:\n"
      "  - technique_id: T1083\n    tactic: TA0007\n    confidence: 0.85\n"
      "evidence_fields: [command_text]\n",
      number, version);
}

// A directory of so many rules, and their mirror in a database.
class Place {
 public:
  explicit Place(std::int64_t count) {
    std::string name = (fs::temp_directory_path() / "decnet-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
    fs::create_directory(path_ / "rules");
    for (std::int64_t i = 0; i < count; ++i) save(i, 1);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  void save(std::int64_t number, int version) const {
    std::ofstream(path_ / fmt::format("rules/R{:05}.yaml", number)) << rule(number, version);
  }
  [[nodiscard]] std::unique_ptr<RuleStore> open() const {
    return decnet::rulestore::open_directory(path_ / "rules", path_ / "states");
  }
  [[nodiscard]] std::unique_ptr<decnet::storage::Database> database() const {
    return need(
        decnet::storage::open_sqlite(path_ / "bench.db", decnet::storage::OpenMode::kCreate));
  }

 private:
  fs::path path_;
};

void directory_first_load(benchmark::State& state) {
  const Place place(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(need(place.open()->load()));
}

// From the end of a save to the changes it makes: waiting, reading, comparing.
void directory_save_to_change(benchmark::State& state) {
  const Place place(state.range(0));
  const auto store = place.open();
  Contents before = need(store->load());
  int version = 1;
  for (auto _ : state) {
    place.save(state.range(0) / 2, ++version);
    for (std::size_t changed = 0; changed == 0;) {
      store->wait(std::chrono::seconds(1));
      Contents now = need(store->load());
      changed = changes(before, now).size();
      before = std::move(now);
    }
  }
}

// Every file saved again as it was (a checkout): how long until that is known to be no change.
void directory_all_saved_again(benchmark::State& state) {
  const Place place(state.range(0));
  const auto store = place.open();
  Contents before = need(store->load());
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) place.save(i, i == 0 ? 2 : 1);
    for (std::size_t changed = 0; changed == 0;) {
      store->wait(std::chrono::seconds(1));
      changed = changes(before, need(store->load())).size();
    }
    state.PauseTiming();
    place.save(0, 1);
    while (store->wait(std::chrono::milliseconds(200))) before = need(store->load());
    state.ResumeTiming();
  }
}

void database_first_load(benchmark::State& state) {
  const Place place(state.range(0));
  const auto database = place.database();
  need(mirror(need(place.open()->load()), *database));
  for (auto _ : state) {
    const auto store = decnet::rulestore::open_database(place.database());
    benchmark::DoNotOptimize(need(store->load()));
  }
}

// With `written`, somebody wrote to the database meanwhile, as a busy worker does.
void database_look(benchmark::State& state, bool written) {
  const Place place(state.range(0));
  const auto database = place.database();
  need(mirror(need(place.open()->load()), *database));
  const auto store = decnet::rulestore::open_database(place.database());
  need(store->load());
  decnet::storage::RuleStateRow row;
  row.rule_id = "R";
  row.state = "enabled";
  for (auto _ : state) {
    if (written) {
      state.PauseTiming();
      row.set_at += std::chrono::seconds(1);  // writing what is there already is not writing
      if (!database->rule_rows().put_state(row)) throw std::runtime_error("cannot write");
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(need(store->load()));
  }
}

BENCHMARK(directory_first_load)->Arg(59)->Arg(5000)->Unit(benchmark::kMillisecond);
BENCHMARK(directory_save_to_change)
    ->Arg(59)
    ->Arg(5000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(directory_all_saved_again)->Arg(5000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(database_first_load)->Arg(59)->Arg(5000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(database_look, unchanged, false)
    ->Arg(59)
    ->Arg(5000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(database_look, written, true)->Arg(59)->Arg(5000)->Unit(benchmark::kMicrosecond);

}  // namespace
