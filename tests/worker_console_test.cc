// What worker and broker say on standard error, and where they say that things are.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kInfo = "<134>1 [^ ]* [^ ]* ";  // RFC 5424: PRI, version, time, host

TEST_F(WorkerTest, RecordsGoToStandardErrorToo) {
  start_all();
  EXPECT_THAT(worker_->errors(), ContainsRegex(std::string(kInfo) + "cli [0-9]* decnet.cli - ttp "
                                                                    "command invoked poll=60.0\n"));
  EXPECT_THAT(broker_->errors(),
              ContainsRegex(std::string(kInfo) + "bus.worker [0-9]* decnet.bus.worker - serving " +
                            socket().string() + "\n"));
  EXPECT_THAT(worker_->errors(), Not(HasSubstr("<135>"))) << "DEBUG only when asked for";
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0);
}

TEST_F(WorkerTest, APersonAtATerminalGetsPlainWords) {
  start_bus();
  Process worker({.arguments = {program().string(), "ttp"},
                  .environment = environment_,
                  .directory = directory_.path(),
                  .terminal = true});
  ASSERT_TRUE(worker.wait_for_output("decnet: info: ttp command invoked poll=60.0"));
  ASSERT_TRUE(worker.wait_for_output("decnet: info: on the bus"));
  worker.signal(SIGINT);
  const auto done = worker.wait();
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, AllOf(HasSubstr("TTP tagging worker stopped."), Not(HasSubstr("<134>"))));
}

TEST_F(WorkerTest, RulesThatLackSomethingAreNamed) {
  environment_["DECNET_TTP_RULES_DIR"] = (source_dir() / "rules" / "ttp").string();
  start_all();
  EXPECT_THAT(worker_->errors(),
              AllOf(HasSubstr("no country database (DECNET_GEOIP_DATABASE): R0051, R0052 fire only "
                              "where the event says so itself"),
                    HasSubstr("DECNET_TTP_CATALOGUES_DIR): R0050 fires only where")));
}

TEST_F(WorkerTest, OtherCommandsStayQuiet) {
  const auto made = decnet(directory_.path(), {"db", "init"}, environment_);
  EXPECT_EQ(made.exit_code, 0);
  EXPECT_EQ(made.err, "");
}

// The port in a record like "metrics on http://127.0.0.1:43121/metrics"; 0 when there is none.
std::uint16_t told_port(const std::string& errors, const std::string& host) {
  const std::string head = "metrics on http://" + host + ":";
  const auto at = errors.find(head);
  if (at == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::atoi(errors.c_str() + at + head.size()));
}

TEST_F(WorkerTest, SaysWhichPortItGotForMetrics) {
  worker_ = std::make_unique<Daemon>(
      std::vector<std::string>{program().string(), "ttp", "--metrics", "127.0.0.1:0"}, environment_,
      directory_.path() / "ttp.err");
  ASSERT_TRUE(eventually([this] {
    port_ = told_port(worker_->errors(), "127.0.0.1");
    return port_ != 0 || !worker_->is_running();
  }));
  EXPECT_TRUE(reaches("ttp_rule_compiled", 4));
}

TEST_F(WorkerTest, TheSecondOnOneSpoolIsToldWhatToDo) {
  start_all();
  const auto refused = decnet(directory_.path(), {"ttp"}, environment_);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr((directory_.path() / "spool/decnet-ttp").string()),
                    HasSubstr("another worker spools there"), HasSubstr("DECNET_SPOOL_DIR")));
  // The first one goes on, and one with a spool of its own may run beside it.
  const auto first = std::move(worker_);
  const auto first_port = port_;
  environment_["DECNET_SPOOL_DIR"] = (directory_.path() / "other-spool").string();
  start_worker();
  ASSERT_TRUE(connected());
  ASSERT_TRUE(client_->next_of("system.ttp.health")) << "what it subscribed to is in force";
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
  EXPECT_TRUE(has_done(1));
  EXPECT_TRUE(eventually([&] { return metric(scrape(first_port), "ttp_messages_total") == 1; }));
  EXPECT_EQ(stored(), 1);
}

}  // namespace
}  // namespace decnet::test
