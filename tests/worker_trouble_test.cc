// The worker and the broker when what is around them fails: a worker that stands still, readers
// that go away, disks that are full, a NATS server that forgot everything.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "decnet/base/clock.h"
#include "decnet/bus/unix/broker.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;

// A broker in this process, with less patience than the program's.
class ImpatientBroker : public WorkerTest {
 protected:
  void start_impatient_bus() {
    bus::BrokerOptions options;
    options.socket = socket();
    options.heartbeat = std::chrono::milliseconds{100};
    options.write_timeout = std::chrono::milliseconds{500};
    impatient_ = bus::Broker::open(options).value();
    serving_ = std::thread([this] { EXPECT_TRUE(impatient_->run()); });
  }
  ~ImpatientBroker() override {
    worker_.reset();
    if (!impatient_) return;
    impatient_->stop();
    serving_.join();
  }

  std::unique_ptr<bus::Broker> impatient_;
  std::thread serving_;
};

// Who takes nothing for too long is cut off, and what waited for it is lost on the bus. The worker
// hears of it when it is back, to the event, and looks for it in the database.
TEST_F(ImpatientBroker, WhatACutOffWorkerLostIsCountedAndCaughtUp) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_impatient_bus();
  BusClient publisher(socket(), {});
  start_worker({"-i", "1"});
  ASSERT_TRUE(connected());
  ASSERT_TRUE(eventually([this] {
    return database().number("SELECT count(*) FROM decnet_cursor") > 0;
  })) << "what happens from now on is the worker's";
  ASSERT_TRUE(say(publisher, kSession, session("s-first", "198.51.100.23", "history -c")));
  ASSERT_TRUE(has_done(1));

  worker_->process().signal(SIGSTOP);
  const auto connections = impatient_->counters().connections;
  std::int64_t published = 1;
  while (impatient_->counters().broken == 0) {
    ASSERT_TRUE(say(publisher, kSession,
                    session(fmt::format("s-{}", published), "198.51.100.23", "history -c")));
    ++published;
  }
  ASSERT_TRUE(eventually([&] { return impatient_->counters().connections == connections - 1; }));
  // What is published now, nobody waits for.
  const auto unheard = static_cast<std::int64_t>(impatient_->counters().published);
  add_attacker("a-missed", "192.0.2.1");
  database().run(fmt::format(
      R"(UPDATE attackers SET last_seen = '9999-01-01 00:00:00.000000', commands = )"
      R"('[{{"service":"ssh","decky":"d-1","command":"history -c","timestamp":"{}"}}]' )"
      R"(WHERE uuid = 'a-missed')",
      to_iso_text(system_clock().now())));
  worker_->process().signal(SIGCONT);

  ASSERT_TRUE(reaches("ttp_bus_reconnects_total", 1));
  EXPECT_TRUE(eventually([this] {
    return database().number("SELECT count(*) FROM ttp_tag WHERE attacker_uuid = 'a-missed'") > 0;
  })) << worker_->errors();
  EXPECT_TRUE(reaches("ttp_bus_dropped_by_broker_total", 1));
  EXPECT_TRUE(eventually([&] {
    return metric_of("ttp_bus_dropped_by_broker_total") ==
           static_cast<std::int64_t>(impatient_->counters().dropped);
  })) << metric_of("ttp_bus_dropped_by_broker_total")
      << " of " << impatient_->counters().dropped;
  EXPECT_LE(metric_of("ttp_bus_received_total") + metric_of("ttp_bus_dropped_by_broker_total"),
            unheard);
  EXPECT_THAT(worker_->errors(), HasSubstr("the broker had to drop"));
  ASSERT_TRUE(say(publisher, kSession, session("s-last", "198.51.100.23", "history -c")));
  EXPECT_TRUE(eventually([this] { return tags_of("s-last") == 1; })) << worker_->errors();
}

// As in `decnet ttp 2>&1 | head -3`.
class WithoutReaders : public WorkerTest {
 protected:
  // The program, whose one reader takes so many lines and leaves.
  std::unique_ptr<Daemon> start(const std::string& arguments, int lines) {
    return std::make_unique<Daemon>(
        std::vector<std::string>{
            "/bin/sh", "-c",
            fmt::format("'{}' {} 2>&1 | head -n {}", program().string(), arguments, lines)},
        environment_, directory_.path() / "sh.err");
  }
};

TEST_F(WithoutReaders, TheWorkerGoesOn) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_bus();
  client_ = listener();
  port_ = free_port();
  // Its console lines are among them.
  worker_ = start(fmt::format("ttp --metrics 127.0.0.1:{}", port_), 3);
  ASSERT_TRUE(connected());
  for (int i = 0; i < 3; ++i) {
    // Each is worth a line in the log.
    ASSERT_TRUE(say(*client_, kSession, session("s-unknown", "192.0.2.77", "history -c")));
    ASSERT_TRUE(reaches("ttp_retries_total", i + 1));
  }
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
  EXPECT_TRUE(has_done(1));
  EXPECT_EQ(tags_of("s-1"), 1);
  ASSERT_TRUE(say(*client_, "system.ttp.control", R"({"action":"stop"})", "control"));
  EXPECT_EQ(worker_->process().wait().exit_code, 0);
}

TEST_F(WithoutReaders, TheBrokerGoesOn) {
  const auto broker = start("bus -H 1", 1);
  ASSERT_TRUE(eventually([this] { return BusClient(socket(), {}).connected(); }));
  for (int i = 0; i < 3; ++i) {
    BusClient hostile(socket(), {});
    hostile.send_raw("GET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(eventually([&] {
      hostile.next(std::chrono::milliseconds(100));
      return !hostile.connected();
    }));
  }
  BusClient one(socket(), {"still.here"});
  BusClient two(socket(), {});
  ASSERT_TRUE(two.publish("still.here", "{}"));
  EXPECT_TRUE(one.next_of("still.here"));
  // The shell has no process group of its own to be signalled: the broker is asked by its id.
  BusClient listener(socket(), {"system.bus.health"});
  const auto beat = listener.next_of("system.bus.health");
  ASSERT_TRUE(beat);
  const auto pid = beat->body.find("\"pid\":");
  ASSERT_NE(pid, std::string::npos);
  ASSERT_EQ(::kill(std::stoi(beat->body.substr(pid + 6)), SIGTERM), 0);
  EXPECT_EQ(broker->process().wait().exit_code, 0);
}

// A limit on the size of files stands for a full disk: nothing can be written, for a while.
TEST_F(WorkerTest, AFullDiskIsWaitedFor) {
  environment_["DECNET_BUS_QUEUE"] = "50";
  start_all();
  const pid_t pid = worker_->process().id();
  rlimit before{};
  const rlimit full{4096, RLIM_INFINITY};
  ASSERT_EQ(::prlimit(pid, RLIMIT_FSIZE, &full, &before), 0);
  constexpr int kSessions = 40;  // what the queue holds: the spool's disk is full as well
  for (int i = 0; i < kSessions; ++i) {
    ASSERT_TRUE(
        say(*client_, kSession, session(fmt::format("s-{}", i), "198.51.100.23", "history -c")));
  }
  ASSERT_TRUE(reaches("ttp_database_failures_total", 2));
  EXPECT_EQ(metric_of("ttp_messages_total"), 0);
  EXPECT_EQ(metric_of("ttp_dead_letters_total"), 0);
  ASSERT_EQ(::prlimit(pid, RLIMIT_FSIZE, &before, nullptr), 0);
  EXPECT_TRUE(has_done(kSessions));
  EXPECT_EQ(stored(), kSessions);
  EXPECT_EQ(metric_of("ttp_bus_dropped_total"), 0);
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0) << worker_->errors();
}

// What the stream kept is gone; what the database has of it is tagged from there.
class OnAForgetfulNats : public OnNats {
 protected:
  // Somebody was here since, and only the database knows.
  void add_missed(const std::string& uuid, const std::string& ip) const {
    add_attacker(uuid, ip);
    database().run(fmt::format(
        R"(UPDATE attackers SET last_seen = '9999-01-01 00:00:00.000000', commands = )"
        R"('[{{"service":"ssh","decky":"d-1","command":"history -c","timestamp":"{}"}}]' )"
        R"(WHERE uuid = '{}')",
        to_iso_text(system_clock().now()), uuid));
  }
  testing::AssertionResult tagged(const std::string& uuid) {
    if (eventually([&] {
          return database().number(fmt::format(
                     "SELECT count(*) FROM ttp_tag WHERE attacker_uuid = '{}'", uuid)) > 0;
        })) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << worker_->errors();
  }
  void wipe() {
    server_->end(SIGKILL);
    std::filesystem::remove_all(directory_.path() / "nats");
  }
};

TEST_F(OnAForgetfulNats, GoesOnAndCatchesUp) {
  start_all_on_nats();
  say_session("s-1", "history -c", "m-1");
  ASSERT_TRUE(has_done(1));
  wipe();
  ASSERT_TRUE(eventually([this] { return metric_of("ttp_bus_connected") == 0; }));
  add_missed("a-missed", "192.0.2.1");
  server_ = start_nats(nats_port_, directory_.path());
  EXPECT_TRUE(tagged("a-missed"));
  say_session("s-2", "history -c", "m-2");  // taken as soon as the stream is there again
  EXPECT_TRUE(eventually([this] { return tags_of("s-2") == 1; })) << worker_->errors();
  EXPECT_TRUE(eventually([this] { return metric_of("ttp_bus_outbox") == 0; }));
}

TEST_F(OnAForgetfulNats, CatchesUpWhatWasLostWhileTheWorkerWasAwayToo) {
  start_all_on_nats();
  say_session("s-1", "history -c", "m-1");
  ASSERT_TRUE(has_done(1));
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0) << worker_->errors();
  add_missed("a-missed", "192.0.2.1");
  wipe();
  server_ = start_nats(nats_port_, directory_.path());
  start_worker();
  EXPECT_TRUE(tagged("a-missed"));
}

}  // namespace
}  // namespace decnet::test
