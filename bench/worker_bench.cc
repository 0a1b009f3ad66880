// What committing together is worth: session events from the bus into a database file, by how many
// go into one transaction.
//
// Set DECNET_BENCH_DIR to measure another file system than that of the temporary directory.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/base/clock.h"
#include "decnet/bus/memory/memory_bus.h"
#include "decnet/rules/loader.h"
#include "decnet/storage/database.h"
#include "decnet/tagging/tagger.h"
#include "decnet/worker/intake.h"
#include "tests/invented_history.h"

namespace {

using decnet::Json;
namespace bus = decnet::bus;
namespace storage = decnet::storage;
namespace worker = decnet::worker;

template <typename T>
T need(decnet::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

// A database for one benchmark.
class File {
 public:
  File() : path_(directory() / fmt::format("decnet-worker-bench-{}.db", getpid())) { remove(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { remove(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static std::filesystem::path directory() {
    const char* named = std::getenv("DECNET_BENCH_DIR");
    return named != nullptr ? named : std::filesystem::temp_directory_path();
  }
  void remove() const {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + suffix);
    }
  }
  std::filesystem::path path_;
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

bus::Envelope session(std::size_t number, decnet::test::Random& random) {
  const std::string id = fmt::format("session-{}", number);
  const decnet::UtcTime now = decnet::system_clock().now();
  Json::Array commands;
  for (int i = 0; i < 3; ++i) {
    commands.push_back(Json::object({{"id", fmt::format("{}#{}", id, i)},
                                     {"command_text", decnet::test::invented_command(random)},
                                     {"ts", decnet::to_iso_text(now)}}));
  }
  return bus::make_envelope("attacker.session.ended", "session.ended",
                            Json::object({{"session_id", id},
                                          {"attacker_uuid", "attacker-1"},
                                          {"decky_id", "decoy-1"},
                                          {"commands", std::move(commands)}}),
                            now);
}

// Sessions of three commands, that many to a transaction.
void take(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const File file;
  const auto database = need(storage::open_sqlite(file.path(), storage::OpenMode::kCreate));
  const decnet::tagging::Tagger tagger(shipped_rules(), decnet::system_clock());
  worker::IntakeCounters counters;
  worker::Intake intake(
      {tagger, database->attackers(), database->ledger(), decnet::system_clock(),
       [](std::chrono::milliseconds) { return true; }, [](std::vector<storage::OutboxMessage>) {}},
      counters);
  const auto memory = bus::make_memory_bus();
  const std::vector<std::string> patterns = {"attacker.>"};
  const auto subscription = need(memory->subscribe(patterns, ""));
  decnet::test::Random random(1);
  std::size_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::size_t i = 0; i < batch; ++i) {
      if (!memory->publish(session(number++, random))) throw std::runtime_error("memory bus");
    }
    const auto deliveries = subscription->next(batch, std::chrono::milliseconds{0});
    state.ResumeTiming();
    intake.take(deliveries, *subscription);
  }
  if (counters.messages != number) throw std::runtime_error("not everything was committed");
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(take)->Name("take/batch")->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->Arg(4096)->UseRealTime();

}  // namespace
