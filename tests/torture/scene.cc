#include "tests/torture/scene.h"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/sqlite_file.h"

namespace decnet::torture {
namespace {

// A moment that has not come by then does not come: killed all the same.
constexpr std::chrono::seconds kPatience{20};
// Longer than an unacknowledged event stays with a worker that is dead, or waits for a row.
constexpr std::chrono::seconds kStandstill{100};

// Makes the database before anything opens it.
std::filesystem::path prepared(const std::filesystem::path& directory,
                               std::map<std::string, std::string>& environment) {
  environment["DECNET_DB_PATH"] = (directory / "decnet.db").string();
  environment["DECNET_TTP_RULES_DIR"] = (test::source_dir() / "rules" / "ttp").string();
  environment["DECNET_SPOOL_DIR"] = (directory / "spool").string();
  environment["DECNET_BUS_SOCKET"] = (directory / "bus.sock").string();
  environment["DECNET_SYSTEM_LOGS"] = (directory / "decnet.log").string();
  const auto made = test::decnet(directory, {"db", "init"}, environment);
  if (made.exit_code != 0) throw std::runtime_error(made.err);
  return directory / "decnet.db";
}

}  // namespace

void Verdict::check(bool holds, const std::string& what) {
  fmt::print("{} {}\n", holds ? "ok    " : "BROKEN", what);
  if (!holds) ++failures_;
}

Scene::Scene(const Orders& orders, std::map<std::string, std::string> given)
    : temporary(orders.keep.empty() ? std::optional<test::TempDir>(std::in_place, true)
                                    : std::nullopt),
      directory(temporary ? temporary->path() : orders.keep),
      environment(std::move(given)),
      workload(orders.seed),
      source_rows(prepared(directory, environment)),
      stored(database),
      random_(orders.seed + 1) {
  source_rows.write(Workload::known_attackers(), {});
  source_rows.finish();
}

void Scene::start_worker(const std::map<std::string, std::string>& changes) {
  auto settings = environment;
  for (const auto& [name, value] : changes) settings[name] = value;
  port_ = test::free_port();
  worker_ = std::make_unique<test::Daemon>(
      std::vector<std::string>{test::program().string(), "ttp", "-i", "2", "--metrics",
                               fmt::format("127.0.0.1:{}", port_)},
      settings, directory / "ttp.err");
}

bool Scene::worker_connects() {
  return test::eventually([this] { return metric_of("ttp_bus_connected") == 1; });
}

bool Scene::worker_begins() const {
  return test::eventually([this] {
    return test::SqliteFile(database).number(
               "SELECT count(*) FROM decnet_cursor WHERE source = 'worker_alive'") > 0;
  });
}

std::int64_t Scene::metric_of(std::string_view name) const {
  return test::metric(test::scrape(port_), name);
}

bool Scene::wait_for(const std::function<bool()>& condition) const {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (!worker_->is_running() || std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

void Scene::kill_worker() {
  const auto ended = worker_->end(SIGKILL);
  if (ended.signal != SIGKILL) {
    verdict.check(false, fmt::format("the worker ended by itself, code {} signal {}: {}",
                                     ended.exit_code, ended.signal, worker_->errors()));
  }
  worker_.reset();
  left_unsaid_ += outbox() > 0 ? 1 : 0;
}

void Scene::await_end(const std::function<std::size_t()>& left) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  auto changed = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < changed + kStandstill) {
    const std::size_t now = left();
    if (now == 0) return;
    if (now < least) {
      least = now;
      changed = std::chrono::steady_clock::now();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
}

void Scene::tell(const std::string& what) const {
  const std::chrono::duration<double> now = std::chrono::steady_clock::now() - began_;
  fmt::print("{:8.1f} s  {}\n", now.count(), what);
}

void Scene::kill_worker_at(Moment moment) {
  ++kills_.at(static_cast<std::size_t>(moment));
  tell(fmt::format("kill {}: {}", kills(), kMomentNames.at(static_cast<std::size_t>(moment))));
  switch (moment) {
    case Moment::kStarting:
    case Moment::kLocked:
    case Moment::kWhenever:
      pause_up_to(400);
      break;
    case Moment::kCommitting: {
      for (std::size_t batches = 1 + random(3); batches > 0; --batches) {
        const std::int64_t before = rows();
        wait_for([&] { return rows() > before; });
      }
      break;
    }
    case Moment::kAnnouncing:
      wait_for([this] { return outbox() > 0; });
      break;
    case Moment::kStopping:
      worker_->process().signal(SIGTERM);
      std::this_thread::sleep_for(std::chrono::microseconds(random(30'000)));
      worker_->end(SIGKILL);  // unless it was quicker
      worker_.reset();
      left_unsaid_ += outbox() > 0 ? 1 : 0;
      return;
  }
  kill_worker();
}

std::size_t Scene::kills() const {
  return std::accumulate(kills_.begin(), kills_.end(), std::size_t{0});
}

void Scene::stop_worker() {
  ++stops;
  tell("stop");
  const auto ended = worker_->end(SIGTERM);
  if (ended.exit_code != 0) {
    verdict.check(false, fmt::format("asked to stop, the worker ended with code {}, signal {}: {}",
                                     ended.exit_code, ended.signal, worker_->errors()));
  }
  worker_.reset();
}

void Scene::pause_up_to(std::size_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(random(milliseconds + 1)));
}

void Scene::with_locked_database(const std::function<void()>& meanwhile) {
  test::SqliteFile locked(database);
  locked.run("PRAGMA busy_timeout = 120000; BEGIN IMMEDIATE");
  ++locks;
  tell("lock");
  meanwhile();
  locked.run("ROLLBACK");
}

std::size_t Scene::outbox() const {
  return static_cast<std::size_t>(
      test::SqliteFile(database).number("SELECT count(*) FROM decnet_outbox"));
}

std::int64_t Scene::rows() const {
  return test::SqliteFile(database).number("SELECT coalesce(max(rowid), 0) FROM ttp_tag");
}

void Scene::report_blows() const {
  fmt::print("kills:");
  for (std::size_t i = 0; i < kills_.size(); ++i) {
    fmt::print(" {} {}{}", kills_[i], kMomentNames[i], i + 1 < kills_.size() ? "," : "");
  }
  fmt::print("; {} left announcements unsaid; {} orderly stops, {} database locks\n", left_unsaid_,
             stops, locks);
}

void Scene::check_tags(const Announcements& said) {
  const auto fates = workload.compare(stored.by_event());
  verdict.check(fates.count(Fate::kDoubled) == 0 && stored.foreign() == 0,
                fmt::format("no tag that should not be, and none twice ({} tags of {} events)",
                            stored.uuids().size(), fates.count(Fate::kWhole)));
  verdict.check(fates.count(Fate::kTorn) == 0, "an event has all its tags or none");
  verdict.check(outbox() == 0, "nothing waits to be announced");
  verdict.check(said.invented(stored.uuids()) == 0, "nothing was announced that is not stored");
  verdict.check(said.ambiguous() == 0, "what was said again was said in the same message");
  std::ifstream file(directory / "ttp.err");
  const std::string errors{std::istreambuf_iterator<char>(file), {}};
  verdict.check(errors.find("Sanitizer") == std::string::npos &&
                    errors.find("runtime error") == std::string::npos,
                "no sanitizer complained");
}

}  // namespace decnet::torture
