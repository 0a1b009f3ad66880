// `decnet ttp` from the outside: the real program, the real broker, a real NATS server.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <set>

#include "decnet/base/clock.h"
#include "tests/rule_files.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

TEST_F(WorkerTest, SaysItsLinesAndStopsAtCtrlC) {
  start_bus();
  start_worker({"-i", "5"});
  ASSERT_TRUE(connected());
  const auto done = worker_->end(SIGINT);
  EXPECT_EQ(done.exit_code, 0) << worker_->errors();
  EXPECT_EQ(done.out,
            "TTP tagging worker starting poll=5.0s\nPress Ctrl+C to stop\n\n"
            "TTP tagging worker stopped.\n");
}

TEST_F(WorkerTest, SaysNothingMoreAtTerm) {
  start_bus();
  start_worker();
  ASSERT_TRUE(connected());
  const auto done = worker_->end(SIGTERM);
  EXPECT_EQ(done.exit_code, 0) << worker_->errors();
  EXPECT_EQ(done.out, "TTP tagging worker starting poll=60.0s\nPress Ctrl+C to stop\n");
}

TEST_F(WorkerTest, StopsWhenToldOnTheControlTopicAndOnlyThen) {
  start_all();
  for (const char* other : {R"({"action":"start"})", R"({"action":7})", "{}"}) {
    ASSERT_TRUE(say(*client_, "system.ttp.control", other, "control"));
  }
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
  ASSERT_TRUE(has_done(1));
  ASSERT_TRUE(say(*client_, "system.ttp.control", R"({"action":"stop","requested_by":"me"})"));
  EXPECT_EQ(worker_->process().wait().exit_code, 0) << worker_->errors();
}

class BadOption : public WorkerTest,
                  public testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(BadOption, IsAUsageError) {
  std::vector<std::string> arguments = {"ttp"};
  arguments.insert(arguments.end(), GetParam().begin(), GetParam().end());
  const auto refused = decnet(directory_.path(), arguments, environment_);
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  EXPECT_EQ(refused.out, "");
  if (GetParam().front().starts_with("--")) {
    EXPECT_THAT(refused.err, HasSubstr(GetParam().front()));
  }
  EXPECT_FALSE(std::filesystem::exists(database_path()));
}

INSTANTIATE_TEST_SUITE_P(
    Options, BadOption,
    testing::Values(std::vector<std::string>{"-i", "0"}, std::vector<std::string>{"-i", "-1"},
                    std::vector<std::string>{"-i", "nan"}, std::vector<std::string>{"-i", "inf"},
                    std::vector<std::string>{"-i", "soon"}, std::vector<std::string>{"-i", "1e999"},
                    std::vector<std::string>{"--poll-interval"},
                    std::vector<std::string>{"--metrics", "abc"},
                    std::vector<std::string>{"--metrics", ":9464"},
                    std::vector<std::string>{"--metrics", "127.0.0.1:99999"},
                    std::vector<std::string>{"--rate-limit", "zzz"},
                    std::vector<std::string>{"--rate-limit", "0/5m"},
                    std::vector<std::string>{"--no-such"}));

class AnyInterval : public WorkerTest, public testing::WithParamInterface<const char*> {};

TEST_P(AnyInterval, AboveNothingWillDo) {
  worker_ = std::make_unique<Daemon>(
      std::vector<std::string>{program().string(), "ttp", "-i", GetParam()}, environment_,
      directory_.path() / "ttp.err");
  ASSERT_TRUE(eventually([this] {
    return worker_->errors().find("rules in force") != std::string::npos || !worker_->is_running();
  })) << worker_->errors();
  const auto ended = worker_->end(SIGINT);
  EXPECT_EQ(ended.exit_code, 0) << worker_->errors();
  EXPECT_EQ(ended.out, fmt::format("TTP tagging worker starting poll={}s\nPress Ctrl+C to stop\n\n"
                                   "TTP tagging worker stopped.\n",
                                   GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Intervals, AnyInterval, testing::Values("1e+20", "1e-300"));

TEST_F(WorkerTest, ADatabaseThatIsNoneIsFatal) {
  directory_.write("decnet.db", std::string(8192, 'x'));
  const auto refused = decnet(directory_.path(), {"ttp"}, environment_);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr(database_path().string()));
}

TEST_F(WorkerTest, AnAgentRefuses) {
  environment_["DECNET_MODE"] = "agent";
  EXPECT_EQ(decnet(directory_.path(), {"ttp"}, environment_).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(database_path()));
}

TEST_F(WorkerTest, RunsWithoutABrokerAndFindsItLater) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_worker();
  ASSERT_TRUE(reaches("ttp_bus_connected", 0));
  start_bus();
  ASSERT_TRUE(connected());
  const auto client = listener();
  ASSERT_TRUE(say(*client, kSession, session("s-1", "198.51.100.23", "history -c")));
  EXPECT_TRUE(reaches("ttp_tag_written_total", 1));
}

TEST_F(WorkerTest, OneEventDeliveredOftenIsOnePublication) {
  start_all();
  const auto body =
      envelope(kSession, "session.ended",
               session("s-1", "198.51.100.23", "cat /etc/passwd /etc/shadow; history -c"),
               "0123456789abcdef0123456789abcdef");
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client_->publish(kSession, body));
  ASSERT_TRUE(has_done(5));
  // A second event: when its announcement is there, everything about the first one was said.
  ASSERT_TRUE(say(*client_, kSession, session("s-2", "198.51.100.23", "history -c")));
  std::vector<std::string> heard;
  while (heard.empty() || heard.back() != "s-2") {
    const auto event = client_->next_of("ttp.tagged");
    ASSERT_TRUE(event) << worker_->errors();
    heard.push_back(event->body.find("s-2") != std::string::npos ? "s-2" : "s-1");
  }
  EXPECT_THAT(heard, testing::ElementsAre("s-1", "s-2"));
  EXPECT_EQ(database().number("SELECT count(DISTINCT uuid) FROM ttp_tag"), stored());
}

TEST_F(WorkerTest, WaitsForAnAttackersRow) {
  start_all();
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "192.0.2.9", "history -c")));
  ASSERT_TRUE(reaches("ttp_retries_total", 1));
  EXPECT_EQ(stored(), 0);
  add_attacker("a-late", "192.0.2.9");
  ASSERT_TRUE(reaches("ttp_tag_written_total", 1));
  EXPECT_EQ(database().rows("SELECT attacker_uuid FROM ttp_tag").front().front(), "a-late");
  EXPECT_EQ(metric_of("ttp_dead_letters_total"), 0);
}

TEST_F(WorkerTest, DeadLettersAreLostNeitherToNobodyNorToARefusedOne) {
  create_database();
  start_bus();
  const auto bury = [this](std::string_view topic) {
    database().run(fmt::format(
        "INSERT INTO decnet_dead_letter (message_id, topic, event_type, payload, published_ts, "
        "reason, attempts, buried_at) VALUES ('m-{0}', '{0}', '', '{{}}', 0, 'r', 1, "
        "'2026-01-01 00:00:00.000000')",
        topic));
  };
  for (const char* topic : {"email.received", "canary.café.triggered", "canary.cafe.triggered"}) {
    bury(topic);
  }
  const auto retry = [this](const std::string& wait) {
    return decnet(directory_.path(), {"ttp-deadletters", "retry", "all", "--wait", wait},
                  environment_);
  };
  const auto unheard = retry("1");
  EXPECT_EQ(unheard.exit_code, 1);
  EXPECT_EQ(unheard.out, "");
  EXPECT_THAT(unheard.err, HasSubstr("no worker is listening"));
  EXPECT_EQ(database().number("SELECT count(*) FROM decnet_dead_letter"), 3);

  // It is there when the worker greets: the next heartbeat would come half a minute later.
  Process retrying(
      {.arguments = {program().string(), "ttp-deadletters", "retry", "all", "--wait", "180"},
       .environment = environment_,
       .directory = directory_.path()});
  start_worker();
  ASSERT_TRUE(connected());
  const auto heard = retrying.wait();
  EXPECT_EQ(heard.exit_code, 1);
  EXPECT_EQ(heard.out, "published 2\n");
  EXPECT_THAT(heard.err, AllOf(HasSubstr("letter 2: "), HasSubstr("1 refused, and kept")));
  EXPECT_EQ(database().rows("SELECT topic FROM decnet_dead_letter").front().front(),
            "canary.café.triggered");
  EXPECT_TRUE(has_done(2));
}

TEST_F(WorkerTest, ResumesWhenTheBrokerComesBackAndTells) {
  start_all();
  EXPECT_EQ(broker_->end(SIGTERM).exit_code, 0);
  ASSERT_TRUE(reaches("ttp_uptime_seconds", 0));
  ASSERT_TRUE(eventually([this] { return metric_of("ttp_bus_connected") == 0; }));
  start_bus();
  client_ = listener();
  const auto beat = client_->next_of("system.ttp.health");
  ASSERT_TRUE(beat) << worker_->errors();
  EXPECT_THAT(beat->body, AllOf(HasSubstr(R"("worker":"ttp")"), HasSubstr(R"("reconnects":1)")));
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "history -c")));
  EXPECT_TRUE(client_->next_of("ttp.tagged")) << worker_->errors();
}

// A worker that was too slow learns from the broker's heartbeat that events are missing, and looks
// for them in the database.
TEST_F(WorkerTest, CatchesUpWhatTheBrokerHadToDrop) {
  create_database();
  add_attacker("a-1", "198.51.100.23");
  start_bus();
  client_ = listener();
  start_worker({"-i", "1"});
  ASSERT_TRUE(connected());
  ASSERT_TRUE(eventually([this] {
    return database().number("SELECT count(*) FROM decnet_cursor") > 0;
  })) << "what happens from now on is the worker's";
  worker_->process().signal(SIGSTOP);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(
        say(*client_, kSession, session(fmt::format("s-{}", i), "198.51.100.23", "history -c")));
  }
  add_attacker("a-missed", "192.0.2.9");
  const std::string now = to_iso_text(system_clock().now());
  database().run(fmt::format(
      R"(UPDATE attackers SET last_seen = '9999-01-01 00:00:00.000000', commands = )"
      R"('[{{"service":"ssh","decky":"d-1","command":"history -c","timestamp":"{}"}}]' )"
      R"(WHERE uuid = 'a-missed')",
      now));
  worker_->process().signal(SIGCONT);
  ASSERT_TRUE(reaches("ttp_bus_dropped_by_broker_total", 1));
  EXPECT_TRUE(eventually([this] {
    return database().number("SELECT count(*) FROM ttp_tag WHERE attacker_uuid = 'a-missed'") > 0;
  })) << worker_->errors();
}

TEST_F(WorkerTest, TermCommitsWhatWasTaken) {
  start_all();
  {
    auto locked = database();
    locked.run("BEGIN IMMEDIATE");
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(
          say(*client_, kSession, session(fmt::format("s-{}", i), "198.51.100.23", "history -c")));
    }
    ASSERT_TRUE(reaches("ttp_bus_received_total", 200));
    worker_->process().signal(SIGTERM);
    locked.run("ROLLBACK");
  }
  EXPECT_EQ(worker_->process().wait().exit_code, 0) << worker_->errors();
  EXPECT_EQ(stored(), 200);
}

TEST_F(WorkerTest, SpoolsWhatTheQueueHasNoRoomFor) {
  environment_["DECNET_BUS_QUEUE"] = "10";
  start_all();
  {
    auto locked = database();
    locked.run("BEGIN IMMEDIATE");
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(
          say(*client_, kSession, session(fmt::format("s-{}", i), "198.51.100.23", "history -c")));
    }
    ASSERT_TRUE(reaches("ttp_bus_spooled_total", 1));
    locked.run("ROLLBACK");
  }
  ASSERT_TRUE(has_done(1000));
  EXPECT_EQ(stored(), 1000);
  EXPECT_EQ(metric_of("ttp_bus_dropped_total"), 0);
}

TEST_F(WorkerTest, ASettingOfTheBusThatIsNoneIsNamed) {
  for (const char* wrong : {"0", "-1", "many", "1e9", "99999999999999999999"}) {
    environment_["DECNET_BUS_QUEUE"] = wrong;
    start_worker();
    EXPECT_TRUE(eventually([&] {
      return worker_->errors().find(fmt::format("DECNET_BUS_QUEUE is '{}'", wrong)) !=
             std::string::npos;
    })) << worker_->errors();
    EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0) << "goes on without a bus";
  }
}

TEST_F(WorkerTest, HangupLoadsTheRulesAgain) {
  start_all();
  ASSERT_TRUE(reaches("ttp_rule_compiled", 4));
  directory_.write("rules/X0005.yaml", rule_text("X0005", "whoami", "T1033", "TA0007"));
  worker_->process().signal(SIGHUP);
  ASSERT_TRUE(reaches("ttp_rule_compiled", 5));
  ASSERT_TRUE(say(*client_, kSession, session("s-1", "198.51.100.23", "whoami")));
  EXPECT_TRUE(client_->next_of("ttp.rule.fired.T1033")) << worker_->errors();
  // A rule that does not load costs itself alone.
  directory_.write("rules/X0006.yaml", "rule_id: [");
  directory_.write("rules/X0007.yaml", rule_text("X0007", "uname", "T1082", "TA0007"));
  worker_->process().signal(SIGHUP);
  EXPECT_TRUE(reaches("ttp_rule_compiled", 6));
}

TEST_F(WorkerTest, DaemonDetaches) {
  create_database();
  start_bus();
  client_ = listener();
  const auto launched = decnet(directory_.path(), {"ttp", "--daemon"}, environment_);
  EXPECT_EQ(launched.exit_code, 0) << launched.err;
  EXPECT_EQ(launched.out, "");
  ASSERT_TRUE(client_->next_of("system.ttp.health"));
  ASSERT_TRUE(say(*client_, "system.ttp.control", R"({"action":"stop"})", "control"));
  EXPECT_TRUE(eventually([this] {
    std::ifstream log(directory_.path() / "decnet.log");
    const std::string text{std::istreambuf_iterator<char>(log), {}};
    return text.find("asked to stop on the control topic") != std::string::npos;
  }));
}

// With a table for them, and on a framework database as it was found, where they are files.
class DeadLetters : public OnNats, public testing::WithParamInterface<bool> {
 protected:
  [[nodiscard]] static bool has_table() { return GetParam(); }
  void SetUp() override {
    create_database();
    add_attacker("a-1", "198.51.100.23");
    if (!has_table()) make_framework_database();
    start_server();
    start_worker();
    ASSERT_TRUE(connected());
    listen_on_nats();
  }
  // One that is given up at once: more attackers than its payload may be repeated for.
  void publish_hopeless() {
    bus::Envelope finding;
    finding.topic = "credential.reuse.detected";
    finding.payload = Json::object({{"id", "f-1"},
                                    {"attacker_uuids", Json::Array(400, Json("a-1"))},
                                    {"text", std::string(100'000, 'x')}});
    finding.id = "m-1";
    ASSERT_TRUE(eventually([&] { return bus_->publish(finding).has_value(); }));
  }
  // The session of an attacker who had no row for too long, as the worker keeps it.
  void bury_session() {
    const std::string payload = session("s-1", "198.51.100.23", "history -c");
    if (has_table()) {
      database().insert("decnet_dead_letter", {{"message_id", "m-2"},
                                               {"topic", kSession},
                                               {"event_type", "session.ended"},
                                               {"payload", payload},
                                               {"published_ts", "0"},
                                               {"reason", "no attacker row"},
                                               {"attempts", "5"},
                                               {"buried_at", "2026-01-01 00:00:00.000000"}});
    } else {
      directory_.write("spool/dead-letters/letter-2.json",
                       fmt::format(R"({{"topic":"{}","type":"session.ended","message_id":"m-2",)"
                                   R"("reason":"no attacker row","attempts":5,"payload":{}}})",
                                   kSession, payload));
    }
  }
  Finished letters(const std::vector<std::string>& words) const {
    std::vector<std::string> arguments = {"ttp-deadletters"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return decnet(directory_.path(), arguments, environment_);
  }
  // As they are listed.
  static std::string named(int number) { return (has_table() ? "" : "f") + std::to_string(number); }
};

TEST_P(DeadLetters, CanBeReadTriedAgainAndDropped) {
  publish_hopeless();
  ASSERT_TRUE(reaches("ttp_dead_letters_total", 1));
  EXPECT_EQ(metric_of("ttp_dead_letters_lost_total"), 0);
  bury_session();
  const auto list = letters({"list"}).out;
  EXPECT_THAT(list, AllOf(HasSubstr(named(1)), HasSubstr("credential.reuse.detected")));
  EXPECT_THAT(list, AllOf(HasSubstr(named(2)), HasSubstr("no attacker row")));
  EXPECT_THAT(letters({"show", named(2)}).out,
              AllOf(HasSubstr(has_table() ? R"({"number":2,)" : R"({"number":"f2",)"),
                    HasSubstr("history -c")));
  EXPECT_EQ(letters({"show", named(3)}).exit_code, 1);
  EXPECT_EQ(letters({"show", "x"}).exit_code, 2);
  EXPECT_EQ(letters({"retry", named(2)}).out, "published 1\n");
  ASSERT_TRUE(reaches("ttp_tag_written_total", 1));
  EXPECT_EQ(letters({"show", named(2)}).exit_code, 1);
  if (!has_table()) {
    EXPECT_THAT(worker_->errors(),
                AllOf(HasSubstr("dead letters are files in " +
                                (directory_.path() / "spool/dead-letters").string()),
                      HasSubstr("`decnet db init` adds the tables")));
    create_database();  // the tables are made, and what was given up before stays where it is
  }
  EXPECT_THAT(letters({"list"}).out, HasSubstr(named(1)));
  EXPECT_EQ(letters({"drop", "all"}).out, "dropped 1\n");
  EXPECT_EQ(letters({"list"}).out, "No dead letters.\n");
}

INSTANTIATE_TEST_SUITE_P(Kept, DeadLetters, testing::Values(true, false),
                         [](const auto& kept) { return kept.param ? "InATable" : "AsFiles"; });

TEST_F(OnNats, OneEventSentOftenIsOnePublication) {
  start_all_on_nats();
  // Different message ids: the stream takes them for different messages.
  for (int i = 0; i < 5; ++i) say_session("s-1", "history -c", fmt::format("m-{}", i));
  ASSERT_TRUE(has_done(5));
  say_session("s-2", "history -c", "m-other");
  EXPECT_EQ(next_announced(), "s-1");
  EXPECT_EQ(next_announced(), "s-2");
  EXPECT_EQ(stored(), 2);
}

TEST_F(OnNats, WhatWasSentWhileTheWorkerWasAwayIsTagged) {
  start_all_on_nats();
  say_session("s-1", "history -c", "m-1");
  ASSERT_TRUE(has_done(1));
  EXPECT_EQ(worker_->end(SIGTERM).exit_code, 0) << worker_->errors();
  say_session("s-2", "history -c", "m-2");
  start_worker();
  EXPECT_TRUE(reaches("ttp_tag_written_total", 1));
  EXPECT_EQ(stored(), 2);
}

TEST_F(OnNats, ResumesWhenTheServerComesBack) {
  start_all_on_nats();
  say_session("s-1", "history -c", "m-1");
  ASSERT_TRUE(has_done(1));
  server_->end(SIGKILL);
  ASSERT_TRUE(eventually([this] { return metric_of("ttp_bus_connected") == 0; }));
  server_ = start_nats(nats_port_, directory_.path());
  ASSERT_TRUE(connected());
  say_session("s-2", "history -c", "m-2");
  EXPECT_TRUE(reaches("ttp_tag_written_total", 2)) << worker_->errors();
}

}  // namespace
}  // namespace decnet::test
