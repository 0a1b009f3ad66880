// What the database costs: storing tags by the size of the batch, meeting them again, reading
// histories, merging a log, summing up.
//
// Set DECNET_BENCH_DIR to measure another file system than that of the temporary directory.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/model/tag.h"
#include "decnet/storage/database.h"

namespace {

using decnet::Json;
using decnet::Tag;
namespace storage = decnet::storage;

template <typename T>
T need(decnet::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

// A database file for one benchmark.
class File {
 public:
  File() : path_(directory() / fmt::format("decnet-storage-bench-{}.db", getpid())) { remove(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { remove(); }

  [[nodiscard]] std::unique_ptr<storage::Database> open() const {
    return need(storage::open_sqlite(path_, storage::OpenMode::kCreate));
  }
  void remove() const {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + suffix);
    }
  }

 private:
  static std::filesystem::path directory() {
    const char* named = std::getenv("DECNET_BENCH_DIR");
    return named != nullptr ? named : std::filesystem::temp_directory_path();
  }
  std::filesystem::path path_;
};

// Tags as a history gives them: an attacker's next to each other, sessions of eight, the shipped
// pack's spread of rules and techniques.
std::vector<Tag> invent_tags(std::size_t from, std::size_t count) {
  std::mt19937_64 random(from + 1);
  std::vector<Tag> tags(count);
  for (std::size_t i = 0; i < count; ++i) {
    Tag& tag = tags[i];
    const std::size_t number = from + i;
    const auto rule = random() % 50 + 10;
    const auto technique = fmt::format("T{}", 1100 + rule);
    tag.source_kind = "command";
    tag.source_id = fmt::format("{:016x}", number);
    tag.attacker_uuid = fmt::format("a77ac000-0000-4000-8000-{:012x}", number / 100);
    tag.session_id = fmt::format("{:012x}", number / 8);
    tag.decky_id = fmt::format("decky-{:02}", random() % 10);
    tag.tactic = decnet::TacticId(fmt::format("TA{:04}", random() % 12 + 1));
    tag.technique_id = decnet::TechniqueId(technique);
    if (rule % 2 == 0) tag.sub_technique_id = decnet::TechniqueId(technique + ".003");
    tag.confidence = 0.8;
    tag.rule_id = decnet::RuleId(fmt::format("R{:04}", rule));
    tag.rule_version = 1;
    tag.evidence = Json::object({{"command_text", "cat /etc/passwd | grep root; uname -a"},
                                 {"ts", "2026-03-04T10:06:04.500000+00:00"},
                                 {"user", "root"}});
    tag.attack_release = "v19";
    tag.mitre_url = "https://attack.mitre.org/techniques/T1110/003/";
    tag.created_at = decnet::system_clock().now();
    tag.uuid = decnet::tag_uuid({tag.source_kind, tag.source_id, tag.rule_id.text(), 1, technique,
                                 tag.sub_technique_id ? tag.sub_technique_id->text() : ""});
  }
  return tags;
}

void insert_in_batches(storage::Repository& repository, const std::vector<Tag>& tags,
                       std::size_t batch) {
  for (std::size_t i = 0; i < tags.size(); i += batch) {
    const std::size_t size = std::min(batch, tags.size() - i);
    need(repository.insert_tags({tags.data() + i, size}));
  }
}

// Into a database that holds range(1) tags already: each index is a tree, and trees grow.
void insert(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const auto stored = static_cast<std::size_t>(state.range(1));
  constexpr std::size_t kTags = 50'000;
  const auto tags = invent_tags(stored, kTags);
  const File file;
  for (auto _ : state) {
    state.PauseTiming();
    file.remove();
    auto database = file.open();
    for (std::size_t i = 0; i < stored; i += kTags) {
      insert_in_batches(database->repository(), invent_tags(i, kTags), kTags);
    }
    state.ResumeTiming();
    insert_in_batches(database->repository(), tags, batch);
    state.PauseTiming();
    database.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tags.size()));
}
BENCHMARK(insert)
    ->ArgNames({"batch", "stored"})
    ->ArgsProduct({{10, 100, 500, 5'000, 50'000}, {0}})
    ->Args({500, 500'000})
    ->Args({5'000, 500'000})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

// The same tags again: nothing is stored.
void insert_again(benchmark::State& state) {
  const auto tags = invent_tags(0, 50'000);
  const File file;
  const auto database = file.open();
  insert_in_batches(database->repository(), tags, 5'000);
  for (auto _ : state) {
    insert_in_batches(database->repository(), tags, static_cast<std::size_t>(state.range(0)));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tags.size()));
}
BENCHMARK(insert_again)
    ->ArgName("batch")
    ->Arg(500)
    ->Arg(5'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

std::vector<storage::Observation> invent_observations(std::size_t attackers, std::size_t commands,
                                                      std::size_t from = 0) {
  const auto now = decnet::system_clock().now();
  std::vector<storage::Observation> observations;
  for (std::size_t a = 0; a < attackers; ++a) {
    auto& attacker = observations.emplace_back();
    attacker.ip = fmt::format("2001:db8::{:x}", a);
    attacker.first_seen = attacker.last_seen = now;
    attacker.services = {"ssh"};
    attacker.deckies = {"decky-01"};
    for (std::size_t c = from; c < from + commands; ++c) {
      const std::string id = fmt::format("{:08x}{:08x}", a, c);
      attacker.commands.push_back(
          {id, now + std::chrono::seconds(c),
           Json::object({{"id", id},
                         {"session_id", fmt::format("s-{}-{}", a, c / 8)},
                         {"decky", "decky-01"},
                         {"service", "ssh"},
                         {"command_text", "cat /proc/cpuinfo | grep name | wc -l"},
                         {"ts", decnet::to_iso_text(now + std::chrono::seconds(c))}})});
    }
  }
  return observations;
}

// range(0) attackers with range(1) commands each, in calls of at most 5,000 commands.
void merge(benchmark::State& state) {
  const auto attackers = static_cast<std::size_t>(state.range(0));
  const auto commands = static_cast<std::size_t>(state.range(1));
  const auto per_call = std::min<std::size_t>(commands, 5'000);
  const File file;
  for (auto _ : state) {
    state.PauseTiming();
    file.remove();
    auto database = file.open();
    std::vector<std::vector<storage::Observation>> calls;
    for (std::size_t c = 0; c < commands; c += per_call) {
      calls.push_back(invent_observations(attackers, per_call, c));
    }
    state.ResumeTiming();
    for (const auto& call : calls) need(database->observations().merge(call));
    state.PauseTiming();
    database.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(attackers * commands));
}
BENCHMARK(merge)
    ->ArgNames({"attackers", "commands"})
    ->Args({5'000, 1})
    ->Args({500, 10})
    ->Args({1, 5'000})
    ->Args({1, 50'000})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

// Every attacker with every command, read and parsed.
void iterate(benchmark::State& state) {
  const File file;
  const auto database = file.open();
  need(database->observations().merge(invent_observations(
      static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)))));
  std::int64_t commands = 0;
  for (auto _ : state) {
    const auto rows = need(database->history().iter_attacker_commands_since({}));
    while (const auto row = need(rows->next())) {
      commands += static_cast<std::int64_t>(row->commands.size());
    }
  }
  state.SetItemsProcessed(commands);
}
BENCHMARK(iterate)
    ->ArgNames({"attackers", "commands"})
    ->Args({20'000, 5})
    ->Args({1'000, 100})
    ->Args({1, 50'000})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

void summarise(benchmark::State& state) {
  const auto tags = invent_tags(0, 200'000);
  const File file;
  const auto database = file.open();
  insert_in_batches(database->repository(), tags, 50'000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(need(database->summaries().by_technique({})));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tags.size()));
}
BENCHMARK(summarise)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

// What every command pays before its work begins.
void open_existing(benchmark::State& state) {
  const File file;
  file.open().reset();
  for (auto _ : state) benchmark::DoNotOptimize(file.open());
}
BENCHMARK(open_existing)->Unit(benchmark::kMicrosecond)->UseRealTime();

void open_fresh(benchmark::State& state) {
  const File file;
  for (auto _ : state) {
    state.PauseTiming();
    file.remove();
    state.ResumeTiming();
    benchmark::DoNotOptimize(file.open());
  }
}
BENCHMARK(open_fresh)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
