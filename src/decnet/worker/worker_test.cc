// The whole worker inside this process, on a real broker and a real database: what it writes down
// before it begins, what it notices of the bus, and what it leaves behind when it is stopped.
#include "decnet/worker/worker.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "decnet/bus/unix/broker_in_a_thread.h"
#include "decnet/bus/unix/unix_bus.h"
#include "decnet/lifters/lifting_test.h"
#include "decnet/storage/test_backend.h"
#include "tests/live_system.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::worker {
namespace {

using decnet::test::eventually;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

const UtcTime kNoon = *parse_time("2026-03-04T12:00:00Z");

class SetClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return UtcTime(std::chrono::microseconds(time_)); }
  void set(UtcTime time) { time_ = time.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> time_ = kNoon.time_since_epoch().count();
};

bus::Envelope session(std::string_view id, std::string_view command) {
  return bus::make_envelope(
      "attacker.session.ended", "session.ended",
      Json::object({{"session_id", id},
                    {"attacker_ip", "198.51.100.23"},
                    {"commands", Json::Array{Json::object({{"id", std::string(id) + "#0"},
                                                           {"command_text", command}})}}}),
      kNoon);
}

class WorkerThreads : public testing::Test {
 protected:
  WorkerThreads() {
    database_ = open();
    file().run(
        "INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, "
        "decky_count, services, deckies, is_traversal, bounty_count, credential_count, "
        "fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) VALUES ('a-1', "
        "'198.51.100.23', '2026-03-04 10:00:00.000000', '2026-03-04 10:00:00.000000', 1, 1, 1, "
        "'[]', '[]', 0, 0, 0, '[]', '[]', 0, 0, '2026-03-04 10:00:00.000000')");
  }
  ~WorkerThreads() override { stop(); }

  [[nodiscard]] std::unique_ptr<storage::Database> open() const {
    auto database = storage::open_sqlite(path_, storage::OpenMode::kCreate, clock_).value();
    database->set_patience(milliseconds{10});
    return database;
  }
  [[nodiscard]] decnet::test::SqliteFile file() const { return decnet::test::SqliteFile(path_); }
  std::unique_ptr<bus::Bus> connect(const std::string& name) {
    return bus::open_unix_bus({.socket = directory_.path() / "bus.sock",
                               .client_name = name,
                               .spool = directory_.path() / "spool",
                               .first_retry = milliseconds{5},
                               .last_retry = milliseconds{20}},
                              clock_);
  }
  void start_broker() {
    broker_ = std::make_unique<bus::BrokerInAThread>(directory_.path() / "bus.sock");
  }
  void start() {
    bus_ = connect(kClientName);
    publisher_database_ = open();
    worker_ = std::make_unique<Worker>(
        Worker::Parts{
            *bus_, tagger_, *database_, *publisher_database_, clock_, [] { return false; }, {}},
        Worker::Options{.slow_tick = milliseconds{20}, .drain = std::chrono::seconds{60}});
    running_ = std::thread([this] {
      const auto worked = worker_->run();
      EXPECT_TRUE(worked) << worked.error().message;
    });
  }
  void stop() {
    if (!running_.joinable()) return;
    worker_->stop();
    running_.join();
    worker_.reset();
    bus_.reset();  // what was not finished goes to its spool
  }
  testing::AssertionResult subscribed() {
    if (eventually([this] { return worker_->health().subscribed; })) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << worker_->health().bus.last_error;
  }
  // Until when nothing is missing, as the database has it.
  [[nodiscard]] std::string alive() const {
    const auto rows =
        file().rows("SELECT position_time FROM decnet_cursor WHERE source = 'worker_alive'");
    return rows.empty() ? "" : rows.front().front();
  }
  [[nodiscard]] std::int64_t tags() const { return file().number("SELECT count(*) FROM ttp_tag"); }
  void publish(const bus::Envelope& envelope) {
    if (!speaker_) speaker_ = connect("speaker");
    ASSERT_TRUE(eventually([&] { return speaker_->publish(envelope).has_value(); }));
  }

  const decnet::test::TempDir directory_{true};
  const std::filesystem::path path_ = directory_.path() / "decnet.db";
  SetClock clock_;
  tagging::Tagger tagger_{
      lifters::test::rule_set({lifters::test::rule(
          "R1", "[command]", "{field: command_text, pattern: 'wget'}", "[command_text]")}),
      clock_};
  std::unique_ptr<bus::BrokerInAThread> broker_;
  std::unique_ptr<bus::Bus> speaker_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<storage::Database> publisher_database_;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<Worker> worker_;
  std::thread running_;
};

TEST_F(WorkerThreads, WritesDownThatItWasThereBeforeItTakesAnything) {
  start_broker();
  // Whatever is taken first finds no cursor, or all of them.
  file().run(
      "CREATE TRIGGER early BEFORE INSERT ON ttp_tag WHEN (SELECT count(*) FROM decnet_cursor "
      "WHERE "
      "source IN ('worker_alive', 'attackers', 'canary_triggers', 'attacker_intel')) < 4 "
      "BEGIN SELECT RAISE(ABORT, 'too early'); END");
  // Something is there to be taken from the first moment on.
  std::filesystem::create_directories(directory_.path() / "spool" / "decnet-ttp");
  directory_.write("spool/decnet-ttp/spool-1.jsonl", bus::encode(session("s-1", "wget x")) + "\n");
  start();
  EXPECT_TRUE(eventually([this] { return worker_->health().messages == 1; }));
  stop();
  EXPECT_EQ(tags(), 1);
  EXPECT_EQ(alive(), "2026-03-04 12:00:00.000000");
}

TEST_F(WorkerThreads, NoticesThatTheBrokerWasAwayWhileTheDatabaseKeptItWaiting) {
  start_broker();
  start();
  ASSERT_TRUE(subscribed());
  // The gap of the start is settled when the clock has left it behind, whenever it was made.
  UtcTime now = kNoon;
  ASSERT_TRUE(eventually([&] {
    now += hours(1);
    clock_.set(now);
    return alive() > "2026-03-04 12:00:00.000000";
  }));
  {
    auto locked = file();
    locked.run("BEGIN IMMEDIATE");
    publish(session("s-1", "wget x"));
    ASSERT_TRUE(eventually([this] { return worker_->health().database_failures > 0; }));
    const auto reconnects = worker_->health().bus.reconnects;
    broker_.reset();
    start_broker();
    ASSERT_TRUE(eventually([&] { return worker_->health().bus.reconnects > reconnects; }));
    locked.run(fmt::format(
        "UPDATE attackers SET last_seen = '{}', commands = '[{{\"service\":\"ssh\",\"decky\":"
        "\"d\",\"command\":\"wget y\",\"timestamp\":\"{}\"}}]'",
        to_sql_text(now), to_iso_text(now)));
    locked.run("COMMIT");
  }
  EXPECT_TRUE(eventually([this] { return tags() == 2; }));
}

TEST_F(WorkerThreads, LeavesNothingBehindThatItHadTaken) {
  start_broker();
  start();
  ASSERT_TRUE(subscribed());
  constexpr int kSessions = 500;  // the broker's queue has room for all of them
  for (int i = 0; i < kSessions; ++i) publish(session(fmt::format("s-{}", i), "wget x"));
  ASSERT_TRUE(eventually([this] { return worker_->health().intake.received == kSessions; }));
  stop();
  EXPECT_EQ(tags(), kSessions);
}

}  // namespace
}  // namespace decnet::worker
