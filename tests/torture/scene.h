// Scene: the database, the worker and the blows that fall on them, whatever the transport.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/live_system.h"
#include "tests/test_main.h"
#include "tests/torture/announcements.h"
#include "tests/torture/source_rows.h"
#include "tests/torture/stored_tags.h"
#include "tests/torture/workload.h"

namespace decnet::torture {

struct Orders {
  std::uint64_t seed = 0;
  std::uint64_t kills = 0;
  std::filesystem::path keep;  // where the scene is set up and left; empty: nowhere
};

// When a worker is killed.
enum class Moment {
  kStarting,
  kCommitting,  // a batch was just committed; it may not be acknowledged yet
  kAnnouncing,  // announcements are in the outbox
  kLocked,      // the caller has locked the database
  kStopping,    // it was asked to stop and is about it
  kWhenever,
};
inline constexpr std::array<const char*, 6> kMomentNames = {
    "starting", "committing", "announcing", "locked out", "stopping", "at any time"};

// Says what holds and what does not; a run goes on, so that one figure does not hide another.
class Verdict {
 public:
  void check(bool holds, const std::string& what);
  [[nodiscard]] int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

class Scene {
 public:
  Scene(const Orders& orders, std::map<std::string, std::string> environment);

  // `changes`: to the environment, for this life of the worker.
  void start_worker(const std::map<std::string, std::string>& changes = {});
  // Whether the worker is connected to the bus, now or soon.
  bool worker_connects();
  // Whether a worker has written down, now or soon, that it was there: what is older than its first
  // run is not its work.
  [[nodiscard]] bool worker_begins() const;
  [[nodiscard]] std::int64_t metric_of(std::string_view name) const;
  [[nodiscard]] test::Daemon& worker() { return *worker_; }

  // Waits for the moment, or not too long, and kills it there.
  void kill_worker_at(Moment moment);
  void kill_worker();
  // An orderly stop: it must end well.
  void stop_worker();

  // Those so far.
  [[nodiscard]] std::size_t kills() const;

  // A number in [0, below), and a pause of so long: where the blows fall, by the seed.
  std::size_t random(std::size_t below) { return random_() % below; }
  void pause_up_to(std::size_t milliseconds);
  // Keeps the database locked against writers, meanwhile does that.
  void with_locked_database(const std::function<void()>& meanwhile);

  [[nodiscard]] std::size_t outbox() const;
  // Whether the worker has committed tags since that many rows were there.
  [[nodiscard]] std::int64_t rows() const;

  // Waits until nothing is left, or until that does not get less any more.
  static void await_end(const std::function<std::size_t()>& left);
  // A line of the story, with its time.
  void tell(const std::string& what) const;
  // What the transports' reports have in common: counts of the blows, and what must hold of every
  // tag in the database.
  void report_blows() const;
  void check_tags(const Announcements& said);

  std::optional<test::TempDir> temporary;
  const std::filesystem::path directory;
  const std::filesystem::path database = directory / "decnet.db";
  std::map<std::string, std::string> environment;
  Workload workload;
  SourceRows source_rows;
  StoredTags stored;
  Verdict verdict;
  std::size_t locks = 0, stops = 0;

 private:
  bool wait_for(const std::function<bool()>& condition) const;

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  test::Random random_;
  std::uint16_t port_ = 0;
  std::unique_ptr<test::Daemon> worker_;
  std::array<std::size_t, kMomentNames.size()> kills_{};
  std::size_t left_unsaid_ = 0;  // kills after which announcements were waiting
};

// The two runs; both print their figures and return the number of promises broken.
int on_nats(const Orders& orders);
int on_unix(const Orders& orders);

}  // namespace decnet::torture
