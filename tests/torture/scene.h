// Scene: the database, the worker and what a torture run does to them, whatever the transport.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "tests/live_system.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"
#include "tests/torture/workload.h"

namespace decnet::torture {

// Says what went wrong and counts it; a run goes on, so that one figure does not hide another.
class Verdict {
 public:
  void check(bool holds, const std::string& what);
  [[nodiscard]] int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

class Scene {
 public:
  Scene(std::uint64_t seed, std::map<std::string, std::string> environment);

  void start_worker();
  // Whether the worker is connected to the bus, now or soon.
  bool worker_connects();
  [[nodiscard]] std::int64_t metric_of(std::string_view name) const;
  void end_worker(int signal);
  [[nodiscard]] test::Daemon& worker() { return *worker_; }

  // A number in [0, below), and a pause of so long: where the blows fall, by the seed.
  std::size_t random(std::size_t below) { return random_() % below; }
  void pause_up_to(std::size_t milliseconds);
  // Keeps the database locked against writers for a random time.
  void lock_database_up_to(std::size_t milliseconds);

  // Every stored tag's uuid by its session, and the number of rows.
  struct Stored {
    std::map<std::string, std::set<std::string>> by_session;
    std::int64_t rows = 0;
  };
  [[nodiscard]] Stored stored() const;
  [[nodiscard]] std::int64_t outbox() const;

  test::TempDir directory{true};
  std::filesystem::path database = directory.path() / "decnet.db";
  std::map<std::string, std::string> environment;
  Workload workload;
  Verdict verdict;

 private:
  test::Random random_;
  std::uint16_t port_ = 0;
  std::unique_ptr<test::Daemon> worker_;
};

// The two runs; both print their figures and return the number of promises broken.
int on_nats(std::uint64_t seed, std::size_t kills);
int on_unix(std::uint64_t seed, std::size_t kills);

}  // namespace decnet::torture
