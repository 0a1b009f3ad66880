// What worker and broker tell a service manager, heard on a notify socket of our own.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "tests/notify_socket.h"
#include "tests/rule_files.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;

// The fixture with a service manager that watches.
template <typename Base>
class Watched : public Base {
 protected:
  Watched() {
    this->environment_["NOTIFY_SOCKET"] = manager_.path().string();
    this->environment_["WATCHDOG_USEC"] = "3000000";
  }
  NotifySocket manager_{this->directory_.path() / "notify"};
};

using WatchedWorker = Watched<WorkerTest>;
using WatchedOnNats = Watched<OnNats>;

TEST_F(WatchedWorker, IsReadyWhenItIsSubscribed) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_bus();
  client_ = listener();
  start_worker();
  ASSERT_TRUE(manager_.hears("READY=1")) << worker_->errors();
  // Nobody repeats it: it is tagged only if the subscription was in force by then.
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
  EXPECT_TRUE(client_->next_of("ttp.tagged")) << worker_->errors();
  EXPECT_TRUE(manager_.hears("STATUS=on the bus; 4 rules, 2 events, 1 tags"))
      << testing::PrintToString(manager_.heard());
}

TEST_F(WatchedOnNats, IsReadyWhenItsStreamsAreThere) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_server();
  listen_on_nats();
  ASSERT_FALSE(publish_session("s-0", "history -c", "m-0")) << "nobody has made the stream";
  start_worker();
  ASSERT_TRUE(manager_.hears("READY=1")) << worker_->errors();
  ASSERT_TRUE(publish_session("s-1", "history -c", "m-1"));
  EXPECT_EQ(next_announced(), "s-1");
}

TEST_F(WatchedOnNats, SaysWhatKeepsItFromSubscribing) {
  environment_["DECNET_NATS_CREATE"] = "false";
  create_database();
  start_server();
  start_worker();
  ASSERT_TRUE(
      manager_.hears("STATUS=connected to the bus, not subscribed yet (nats: stream "
                     "DECNET_EVENTS is missing"))
      << worker_->errors();
  EXPECT_FALSE(manager_.has_heard("READY=1"));
  EXPECT_TRUE(manager_.hears("READY=1")) << "it works with what the database has";
}

TEST_F(WatchedWorker, SaysWhenTheBusIsAwayAndBack) {
  create_database();
  start_worker();
  ASSERT_TRUE(manager_.hears("STATUS=bus not reachable, trying again (")) << worker_->errors();
  EXPECT_THAT(manager_.heard().back(), HasSubstr(socket().string()));
  EXPECT_FALSE(manager_.has_heard("READY=1"));
  EXPECT_TRUE(manager_.hears("READY=1")) << "it works with what the database has";
  start_bus();
  ASSERT_TRUE(manager_.hears("STATUS=on the bus")) << worker_->errors();
  broker_->end(SIGTERM);
  ASSERT_TRUE(manager_.hears("STATUS=bus not reachable, trying again ("));
  start_bus();
  ASSERT_TRUE(manager_.hears("STATUS=on the bus"));
  manager_.forget();
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0);
  manager_.read_all();
  EXPECT_FALSE(manager_.has_heard("READY=1"));
}

struct NoBus {
  const char* name;
  const char* variable;
  const char* value;
  const char* status;
};

class WithoutABus : public WatchedWorker, public testing::WithParamInterface<NoBus> {};

TEST_P(WithoutABus, IsReadyAndSaysSo) {
  environment_[GetParam().variable] = GetParam().value;
  start_worker();
  ASSERT_TRUE(manager_.hears("READY=1")) << worker_->errors();
  EXPECT_TRUE(manager_.has_heard(GetParam().status)) << testing::PrintToString(manager_.heard());
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, WithoutABus,
    testing::Values(NoBus{"SwitchedOff", "DECNET_BUS_ENABLED", "false", "STATUS=without a bus; "},
                    NoBus{"UnknownType", "DECNET_BUS_TYPE", "carrier-pigeon",
                          "STATUS=without a bus (DECNET_BUS_TYPE is 'carrier-pigeon'"}),
    [](const auto& reason) { return std::string(reason.param.name); });

TEST_F(WatchedWorker, PingsTheWatchdogAgainAndAgain) {
  start_all();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(manager_.hears("WATCHDOG=1"));
  // Also while it waits for the database, which is nobody's being stuck.
  auto locked = database();
  locked.run("BEGIN IMMEDIATE");
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
  ASSERT_TRUE(reaches("ttp_bus_received_total", 1));
  manager_.read_all();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(manager_.hears("WATCHDOG=1"));
  locked.run("ROLLBACK");
  EXPECT_TRUE(has_done(1));
}

TEST_F(WatchedWorker, WithoutAWatchdogPingsNobody) {
  environment_.erase("WATCHDOG_USEC");
  start_all();
  ASSERT_TRUE(manager_.hears("READY=1"));
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0);
  manager_.read_all();
  EXPECT_FALSE(manager_.has_heard("WATCHDOG=1"));
}

TEST_F(WatchedWorker, IsNotHeldUpByABusyServiceManager) {
  start_all();
  // Nobody reads what it says, until no more fits and long after.
  const auto uptime = [this] { return metric_of("ttp_uptime_seconds"); };
  const auto now = uptime();
  ASSERT_TRUE(eventually([&] { return uptime() > now + 20; })) << worker_->errors();
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
  EXPECT_TRUE(client_->next_of("ttp.tagged")) << worker_->errors();
  // It has not forgotten what it had to say.
  worker_->process().signal(SIGHUP);
  ASSERT_TRUE(manager_.hears("READY=1"));
  ASSERT_TRUE(manager_.hears("RELOADING=1"));
  ASSERT_TRUE(manager_.hears("READY=1"));
}

TEST_F(WatchedWorker, IsReadyAgainWhenTheNewRulesAreInForce) {
  start_all();
  ASSERT_TRUE(manager_.hears("READY=1"));
  manager_.read_all();
  manager_.forget();
  directory_.write("rules/X0005.yaml", rule_text("X0005", "whoami", "T1033", "TA0007"));
  worker_->process().signal(SIGHUP);
  ASSERT_TRUE(manager_.hears("RELOADING=1"));
  EXPECT_THAT(manager_.heard().back(), HasSubstr("\nMONOTONIC_USEC="));
  EXPECT_FALSE(manager_.has_heard("READY=1"));
  ASSERT_TRUE(manager_.hears("READY=1"));
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "whoami")));
  EXPECT_TRUE(client_->next_of("ttp.rule.fired.T1033")) << worker_->errors();
}

TEST_F(WatchedWorker, SaysThatTheOldRulesStay) {
  const auto bundle = directory_.path() / "bundle.json";
  std::filesystem::copy_file(source_dir() / "src/decnet/attack/testdata/small_bundle.json", bundle);
  environment_["DECNET_ATTACK_BUNDLE"] = bundle.string();
  start_all();
  ASSERT_TRUE(manager_.hears("READY=1"));
  std::filesystem::remove(bundle);
  worker_->process().signal(SIGHUP);
  ASSERT_TRUE(manager_.hears("RELOADING=1"));
  ASSERT_TRUE(manager_.hears("READY=1"));
  ASSERT_TRUE(manager_.hears("ATT&CK catalogue not read again: ")) << worker_->errors();
  EXPECT_THAT(manager_.heard().back(), HasSubstr("STATUS=on the bus; 4 rules"));
  std::filesystem::copy_file(source_dir() / "src/decnet/attack/testdata/small_bundle.json", bundle);
  worker_->process().signal(SIGHUP);
  ASSERT_TRUE(manager_.hears("READY=1"));
  ASSERT_TRUE(manager_.hears("STATUS="));
  EXPECT_THAT(manager_.heard().back(), testing::Not(HasSubstr("not read again")));
}

TEST_F(WatchedWorker, SaysThatItStopsWhileItStillCommits) {
  start_all();
  ASSERT_TRUE(manager_.hears("READY=1"));
  {
    auto locked = database();
    locked.run("BEGIN IMMEDIATE");
    ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
    ASSERT_TRUE(reaches("ttp_bus_received_total", 1));
    worker_->process().signal(SIGTERM);
    ASSERT_TRUE(manager_.hears("STOPPING=1"));
    EXPECT_TRUE(manager_.hears("STATUS=stopping"));
    locked.run("ROLLBACK");
  }
  manager_.forget();
  EXPECT_EQ(worker_->process().wait().exit_code, 0) << worker_->errors();
  EXPECT_EQ(stored(), 1);
  manager_.read_all();
  EXPECT_FALSE(manager_.has_heard("READY=1"));
  EXPECT_FALSE(manager_.has_heard("STOPPING=1")) << "said once";
}

TEST_F(WatchedWorker, SaysThatItStopsWhenToldOnTheControlTopic) {
  start_all();
  ASSERT_TRUE(manager_.hears("READY=1"));
  ASSERT_TRUE(say(*client_, "system.ttp.control", R"({"action":"stop"})", "control"));
  EXPECT_TRUE(manager_.hears("STOPPING=1"));
  EXPECT_EQ(worker_->process().wait().exit_code, 0) << worker_->errors();
}

class WatchedBroker : public WatchedWorker {
 protected:
  void start() {
    broker_ = std::make_unique<Daemon>(std::vector<std::string>{program().string(), "bus"},
                                       environment_, directory_.path() / "bus.err");
  }
};

TEST_F(WatchedBroker, IsReadyWhenItListens) {
  start();
  ASSERT_TRUE(manager_.hears("READY=1")) << broker_->errors();
  EXPECT_TRUE(BusClient(socket(), {}).connected());
}

TEST_F(WatchedBroker, IsNeverReadyWithoutItsSocket) {
  start_bus();
  const auto first = std::move(broker_);
  start();
  EXPECT_EQ(broker_->process().wait().exit_code, 1);
  manager_.read_all();
  EXPECT_FALSE(manager_.has_heard("READY=1"));
}

TEST_F(WatchedBroker, SaysHowManyItServesAndPingsTheWatchdog) {
  start();
  ASSERT_TRUE(manager_.hears("READY=1")) << broker_->errors();
  const BusClient one(socket(), {"a.>"});
  ASSERT_TRUE(manager_.hears("STATUS=1 connections")) << broker_->errors();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(manager_.hears("WATCHDOG=1"));
  manager_.forget();
  EXPECT_EQ(broker_->end(SIGTERM).exit_code, 0);
  manager_.read_all();
  EXPECT_TRUE(manager_.has_heard("STOPPING=1"));
  EXPECT_FALSE(manager_.has_heard("READY=1"));
}

}  // namespace
}  // namespace decnet::test
