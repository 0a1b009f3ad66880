#include "tests/torture/scene.h"

#include <fmt/format.h>

#include <csignal>
#include <stdexcept>
#include <thread>
#include <utility>

namespace decnet::torture {

void Verdict::check(bool holds, const std::string& what) {
  fmt::print("{} {}\n", holds ? "ok    " : "BROKEN", what);
  if (!holds) ++failures_;
}

Scene::Scene(std::uint64_t seed, std::map<std::string, std::string> given)
    : environment(std::move(given)), workload(seed), random_(seed + 1) {
  environment["DECNET_DB_PATH"] = database.string();
  environment["DECNET_TTP_RULES_DIR"] = (test::source_dir() / "rules" / "ttp").string();
  environment["DECNET_SPOOL_DIR"] = (directory.path() / "spool").string();
  environment["DECNET_BUS_SOCKET"] = (directory.path() / "bus.sock").string();
  environment["DECNET_SYSTEM_LOGS"] = (directory.path() / "decnet.log").string();
  const auto made = test::decnet(directory.path(), {"db", "init"}, environment);
  if (made.exit_code != 0) throw std::runtime_error(made.err);
  Workload::add_attackers(database);
}

void Scene::start_worker() {
  port_ = test::free_port();
  worker_ = std::make_unique<test::Daemon>(
      std::vector<std::string>{test::program().string(), "ttp", "-i", "2", "--metrics",
                               fmt::format("127.0.0.1:{}", port_)},
      environment, directory.path() / "ttp.err");
}

bool Scene::worker_connects() {
  return test::eventually([this] { return metric_of("ttp_bus_connected") == 1; });
}

std::int64_t Scene::metric_of(std::string_view name) const {
  return test::metric(test::scrape(port_), name);
}

void Scene::end_worker(int signal) {
  const auto ended = worker_->end(signal);
  if (signal == SIGKILL) {
    if (ended.signal != SIGKILL) {
      verdict.check(false, fmt::format("the worker ended by itself, code {} signal {}: {}",
                                       ended.exit_code, ended.signal, worker_->errors()));
    }
  } else if (ended.exit_code != 0) {
    verdict.check(false, fmt::format("the worker's exit code is {}, signal {}: {}", ended.exit_code,
                                     ended.signal, worker_->errors()));
  }
  worker_.reset();
}

void Scene::pause_up_to(std::size_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(random(milliseconds + 1)));
}

void Scene::lock_database_up_to(std::size_t milliseconds) {
  test::SqliteFile locked(database);
  locked.run("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE");
  pause_up_to(milliseconds);
  locked.run("ROLLBACK");
}

Scene::Stored Scene::stored() const {
  Stored stored;
  test::SqliteFile file(database);
  file.run("PRAGMA busy_timeout = 60000");
  for (const auto& row : file.rows("SELECT session_id, uuid FROM ttp_tag")) {
    stored.by_session[row[0]].insert(row[1]);
    ++stored.rows;
  }
  return stored;
}

std::int64_t Scene::outbox() const {
  return test::SqliteFile(database).number("SELECT count(*) FROM decnet_outbox");
}

}  // namespace decnet::torture
