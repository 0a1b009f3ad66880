// The rules of a running `decnet ttp`: edited, broken, silenced; on both stores, with the real
// broker and the real commands.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/worker_fixture.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kAttacker = "198.51.100.23";

std::string with_version(std::string text, int version) {
  const std::string_view written = "rule_version: 1";
  return text.replace(text.find(written), written.size(), fmt::format("rule_version: {}", version));
}

// A live worker whose rules are files, or are mirrored from files into the database.
class RulePlane : public WorkerTest, public testing::WithParamInterface<std::string> {
 protected:
  void start() {
    environment_["DECNET_TTP_RULE_STORE_TYPE"] = GetParam();
    create_database();
    add_attacker("a-1", kAttacker);
    start_bus();
    client_ = listener();
    if (GetParam() == "database") {
      start_worker({"--mirror-rules"});
    } else {
      start_worker();
    }
    ASSERT_TRUE(connected());
    ASSERT_TRUE(client_->next_of("system.ttp.health"));
    ASSERT_EQ(metric_of("ttp_rule_compiled"), 4);
  }
  void save(const std::string& id, const std::string& pattern, const std::string& technique,
            const std::string& tactic, int version = 1) {
    directory_.write("rules/" + id + ".yaml",
                     with_version(rule_text(id, pattern, technique, tactic), version));
  }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return directory_.path() / "rules" / name;
  }
  [[nodiscard]] Finished ttp_rules(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"ttp-rules"};
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all, environment_);
  }
  // The payload of the next message on that topic, as text.
  std::string next(const std::string& topic) {
    const auto event = client_->next_of(topic);
    if (!event) return "nothing: " + worker_->errors();
    const auto body = Json::parse(event->body);
    return body ? body->find("payload")->dump() : "no JSON: " + event->body;
  }
  // The rules that tag an attacker who types that.
  std::vector<std::string> tagged_by(const std::string& command) {
    const std::string id = fmt::format("s-{}", ++sessions_);
    EXPECT_TRUE(say(*client_, kSession, session(id, kAttacker, command)));
    EXPECT_TRUE(has_done(sessions_));
    std::vector<std::string> rules;
    for (const auto& row : database().rows(fmt::format(
             "SELECT rule_id FROM ttp_tag WHERE session_id = '{}' ORDER BY rule_id", id))) {
      rules.push_back(row.front());
    }
    return rules;
  }
  [[nodiscard]] double confidence_of_last_tag() const {
    const auto rows = database().rows("SELECT confidence FROM ttp_tag ORDER BY rowid DESC LIMIT 1");
    return rows.empty() ? -1 : std::stod(rows.front().front());
  }
  // How often the log has that text.
  [[nodiscard]] std::size_t times_logged(const std::string& text) const {
    const std::string log = worker_->errors();
    std::size_t times = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++times;
    return times;
  }

  int sessions_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores, RulePlane, testing::Values("filesystem", "database"),
                         [](const auto& store) { return store.param; });

TEST_P(RulePlane, AnEditIsInForceAndAnnounced) {
  start();
  save("X0005", "whoami", "T1033", "TA0007");
  EXPECT_EQ(next("ttp.rule.reloaded.X0005"), R"({"rule_id":"X0005","rule_version":1})");
  EXPECT_THAT(tagged_by("whoami"), ElementsAre("X0005"));
  save("X0005", "uname", "T1082", "TA0007", 2);
  EXPECT_EQ(next("ttp.rule.reloaded.X0005"), R"({"rule_id":"X0005","rule_version":2})");
  EXPECT_THAT(tagged_by("whoami"), IsEmpty());
  EXPECT_THAT(tagged_by("uname"), ElementsAre("X0005"));
  std::filesystem::remove(file("X0005.yaml"));
  EXPECT_EQ(next("ttp.rule.reloaded.X0005"), R"({"rule_id":"X0005","deleted":true})");
  EXPECT_THAT(tagged_by("uname"), IsEmpty());
  // An id that is changed inside its file: one rule goes, another comes.
  directory_.write("rules/X0002.yaml", rule_text("X0022", "history -c", "T1070.003", "TA0005"));
  EXPECT_EQ(next("ttp.rule.reloaded.X0002"), R"({"rule_id":"X0002","deleted":true})");
  EXPECT_EQ(next("ttp.rule.reloaded.X0022"), R"({"rule_id":"X0022","rule_version":1})");
  EXPECT_THAT(tagged_by("history -c"), ElementsAre("X0022"));
}

TEST_P(RulePlane, ABrokenFileKeepsItsLastGoodVersion) {
  start();
  directory_.write("rules/X0002.yaml", "rule_id: X0002\nrule_version: [\n");
  ASSERT_TRUE(reaches("ttp_rule_broken", 1));
  EXPECT_THAT(tagged_by("history -c"), ElementsAre("X0002"));
  // The others go on being followed, and it is not told again.
  save("X0005", "whoami", "T1033", "TA0007");
  EXPECT_EQ(next("ttp.rule.reloaded.X0005"), R"({"rule_id":"X0005","rule_version":1})");
  const std::string place = file("X0002.yaml").string() + ":";
  EXPECT_EQ(times_logged(place), 1U) << worker_->errors();
  EXPECT_THAT(ttp_rules({"list"}).out, HasSubstr(place));
  // The worker greets whoever is there when the bus is back: without, its next heartbeat would come
  // half a minute later.
  EXPECT_EQ(broker_->end(SIGTERM).exit_code, 0);
  start_bus();
  client_ = listener();
  const std::string beat = next("system.ttp.health");
  EXPECT_THAT(beat, AllOf(HasSubstr(R"("rule_problem_count":1)"), HasSubstr(place)));

  save("X0002", "history -[cw]", "T1070.003", "TA0005", 2);
  EXPECT_EQ(next("ttp.rule.reloaded.X0002"), R"({"rule_id":"X0002","rule_version":2})");
  EXPECT_TRUE(eventually([this] { return metric_of("ttp_rule_broken") == 0; }));
  EXPECT_THAT(tagged_by("history -w"), ElementsAre("X0002"));
}

TEST_P(RulePlane, AFileThatIsRenamedIsTheSameRuleAndOneMovedAwayIsGone) {
  start();
  std::filesystem::rename(file("X0002.yaml"), file("X0002_of_shells.yml"));
  std::filesystem::rename(file("X0003.yaml"), file("X0003.yaml.off"));
  EXPECT_EQ(next("ttp.rule.reloaded.X0003"), R"({"rule_id":"X0003","deleted":true})");
  EXPECT_THAT(tagged_by("cat /etc/shadow; history -c"), ElementsAre("X0001", "X0002"));
  // Saved as editors do: written aside and renamed over.
  directory_.write("rules/.X0002.tmp",
                   with_version(rule_text("X0002", "unset HISTFILE", "T1070.003", "TA0005"), 5));
  std::filesystem::rename(file(".X0002.tmp"), file("X0002_of_shells.yml"));
  EXPECT_EQ(next("ttp.rule.reloaded.X0002"), R"({"rule_id":"X0002","rule_version":5})")
      << "the first word about it";
  EXPECT_THAT(tagged_by("unset HISTFILE"), ElementsAre("X0002"));
}

TEST_P(RulePlane, FiftyEditedRulesAreFiftyMessages) {
  start();
  for (int i = 0; i < 50; ++i) {
    save(fmt::format("Y{:04}", i), fmt::format("made up {}", i), "T1033", "TA0007");
  }
  std::map<std::string, int> heard;
  while (heard.size() < 50) {
    const auto event = client_->next();
    ASSERT_TRUE(event) << heard.size() << " heard; " << worker_->errors();
    if (event->topic.starts_with("ttp.rule.reloaded.")) ++heard[event->topic];
  }
  save("Z0001", "made up", "T1033", "TA0007");
  for (;;) {  // whatever would have been said twice is said before this
    const auto event = client_->next();
    ASSERT_TRUE(event) << worker_->errors();
    if (event->topic == "ttp.rule.reloaded.Z0001") break;
    if (event->topic.starts_with("ttp.rule.reloaded.")) ++heard[event->topic];
  }
  for (const auto& [topic, times] : heard) EXPECT_EQ(times, 1) << topic;
}

TEST_P(RulePlane, ADisabledRuleIsSilentUntilItsTimeIsOver) {
  start();
  const auto typed = ttp_rules({"disable", "X0002", "--reason", "backup"});
  ASSERT_EQ(typed.exit_code, 0) << typed.err;
  EXPECT_THAT(next("ttp.rule.state.X0002"),
              HasSubstr(R"({"rule_id":"X0002","state":"disabled","set_by":")"));
  EXPECT_THAT(tagged_by("history -c; cat /etc/shadow"), ElementsAre("X0001", "X0003"));
  EXPECT_THAT(next("ttp.rule.suppressed"),
              AllOf(HasSubstr(R"("rule_id":"X0002","rule_version":1,"technique_id":"T1070",)"
                              R"("sub_technique_id":"T1070.003","reason":"rule_disabled",)"
                              R"("source_kind":"command","source_id":"s-1#0",)"
                              R"("attacker_uuid":"a-1")"),
                    HasSubstr(R"("session_id":"s-1")")));
  EXPECT_TRUE(reaches("ttp_tag_dropped_total{reason=\"rule_disabled\"}", 1));
  // From now on it has an end.
  ASSERT_EQ(ttp_rules({"disable", "X0002", "--for", "2s"}).exit_code, 0);
  std::string told;
  do {
    told = next("ttp.rule.state.X0002");
  } while (told.find(R"("state":"disabled")") != std::string::npos);
  EXPECT_EQ(told, R"({"rule_id":"X0002","auto_revert":true})");
  EXPECT_THAT(tagged_by("history -c"), ElementsAre("X0002"));
}

TEST_P(RulePlane, AClipIsACeilingAndAResetTakesItAway) {
  start();
  ASSERT_EQ(ttp_rules({"clip", "X0002", "--max", "0.5"}).exit_code, 0);
  EXPECT_THAT(next("ttp.rule.state.X0002"), HasSubstr(R"("state":"clipped")"));
  EXPECT_THAT(tagged_by("history -c"), ElementsAre("X0002"));
  EXPECT_DOUBLE_EQ(confidence_of_last_tag(), 0.5);
  ASSERT_EQ(ttp_rules({"clip", "X0002", "--max", "0.2"}).exit_code, 0);
  EXPECT_THAT(next("ttp.rule.state.X0002"), HasSubstr(R"("state":"clipped")"));
  EXPECT_THAT(tagged_by("history -c"), IsEmpty());
  EXPECT_THAT(next("ttp.rule.suppressed"), HasSubstr(R"("reason":"below_floor")"));
  ASSERT_EQ(ttp_rules({"reset", "X0002"}).exit_code, 0);
  EXPECT_EQ(next("ttp.rule.state.X0002"), R"({"rule_id":"X0002","state":"enabled","set_by":""})");
  EXPECT_THAT(tagged_by("history -c"), ElementsAre("X0002"));
  EXPECT_DOUBLE_EQ(confidence_of_last_tag(), 0.85);
}

TEST_P(RulePlane, AStateIsHeededFromTheStart) {
  environment_["DECNET_TTP_RULE_STORE_TYPE"] = GetParam();
  create_database();
  ASSERT_EQ(ttp_rules({"disable", "X0002"}).exit_code, 0);
  start();
  EXPECT_EQ(metric_of("ttp_rule_disabled"), 1);
  EXPECT_THAT(tagged_by("history -c"), IsEmpty());
}

TEST_P(RulePlane, WhatTheBusDoesNotTakeWaitsInTheDatabase) {
  start();
  broker_->end(SIGTERM);
  save("X0005", "whoami", "T1033", "TA0007");
  ASSERT_TRUE(reaches("ttp_rule_compiled", 5));
  ASSERT_TRUE(eventually([this] {
    return database().number(
               "SELECT count(*) FROM decnet_outbox WHERE topic = 'ttp.rule.reloaded.X0005'") == 1;
  })) << worker_->errors();
  worker_->end(SIGKILL);
  start_bus();
  client_ = listener();
  start_worker();
  EXPECT_EQ(next("ttp.rule.reloaded.X0005"), R"({"rule_id":"X0005","rule_version":1})");
}

TEST_F(WorkerTest, ARuleTagsAnAttackerAsOftenAsItMay) {
  create_database();
  add_attacker("a-1", kAttacker);
  start_bus();
  client_ = listener();
  start_worker({"--rate-limit", "2/1h"});
  ASSERT_TRUE(connected());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(say(*client_, kSession, session(fmt::format("s-{}", i), kAttacker, "history -c")));
  }
  ASSERT_TRUE(has_done(5));
  EXPECT_EQ(stored(), 2);
  const auto told = client_->next_of("ttp.rule.suppressed");
  ASSERT_TRUE(told);
  EXPECT_THAT(told->body, HasSubstr(R"("reason":"rate_limited")"));
  EXPECT_TRUE(reaches("ttp_tag_dropped_total{reason=\"rate_limited\"}", 3));
}

TEST_F(WorkerTest, ARateThatIsNoneIsNamed) {
  const auto refused = decnet(directory_.path(), {"ttp", "--rate-limit", "often"}, environment_);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("--rate-limit"), HasSubstr("'often'")));
  environment_["DECNET_TTP_RATE_LIMIT"] = "often";
  const auto set = decnet(directory_.path(), {"ttp"}, environment_);
  EXPECT_EQ(set.exit_code, 1);
  EXPECT_THAT(set.err, AllOf(HasSubstr("DECNET_TTP_RATE_LIMIT"), HasSubstr("'often'")));
}

// Two workers that share nothing but the database and the bus.
class TwoWorkers : public WorkerTest {
 protected:
  void SetUp() override {
    environment_["DECNET_TTP_RULE_STORE_TYPE"] = "database";
    create_database();
    add_attacker("a-1", kAttacker);
    ASSERT_EQ(decnet(directory_.path(), {"ttp-rules", "sync"}, environment_).exit_code, 0);
    start_bus();
    client_ = listener();
    environment_["DECNET_SPOOL_DIR"] = (directory_.path() / "spool-of-the-other").string();
    start_worker();
    ASSERT_TRUE(connected());
    other_ = std::move(worker_);
    other_port_ = port_;
    environment_["DECNET_SPOOL_DIR"] = (directory_.path() / "spool").string();
    start_worker();
    ASSERT_TRUE(connected());
  }
  // Both come to that.
  testing::AssertionResult both(std::string_view name, std::int64_t value) {
    for (const std::uint16_t port : {port_, other_port_}) {
      if (!eventually([&] { return metric(scrape(port), name) == value; })) {
        return testing::AssertionFailure() << name << " is " << metric(scrape(port), name) << "\n"
                                           << worker_->errors() << "\n"
                                           << other_->errors();
      }
    }
    return testing::AssertionSuccess();
  }
  std::unique_ptr<Daemon> other_;
  std::uint16_t other_port_ = 0;
};

TEST_F(TwoWorkers, OneDisableStopsBothAndItsEndEnablesBoth) {
  const auto disable = [this](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"ttp-rules", "disable", "X0002"};
    words.insert(words.end(), more.begin(), more.end());
    return decnet(directory_.path(), words, environment_).exit_code;
  };
  ASSERT_EQ(disable({}), 0);
  ASSERT_TRUE(both("ttp_rule_disabled", 1));
  ASSERT_TRUE(say(*client_, kSession, session("s-1", kAttacker, "history -c")));
  ASSERT_TRUE(both("ttp_messages_total", 1));
  EXPECT_EQ(stored(), 0);
  EXPECT_TRUE(both("ttp_tag_dropped_total{reason=\"rule_disabled\"}", 1)) << "each heeded it";

  ASSERT_EQ(disable({"--for", "2s"}), 0);
  ASSERT_TRUE(both("ttp_rule_disabled", 0));
  ASSERT_TRUE(say(*client_, kSession, session("s-2", kAttacker, "history -c")));
  ASSERT_TRUE(both("ttp_messages_total", 2));
  EXPECT_EQ(stored(), 1);
  EXPECT_TRUE(both(R"(ttp_rule_fire_total{rule_id="X0002",technique_id="T1070"})", 1))
      << "each has it again";
  for (;;) {
    const auto told = client_->next_of("ttp.rule.state.X0002");
    ASSERT_TRUE(told);
    if (told->body.find(R"("auto_revert":true)") != std::string::npos) break;
  }
}

TEST_F(TwoWorkers, FollowRulesThatAreEditedAndDeletedInTheDatabase) {
  directory_.write("rules/X0005.yaml", rule_text("X0005", "whoami", "T1033", "TA0007"));
  std::filesystem::remove(directory_.path() / "rules/X0002.yaml");
  ASSERT_EQ(decnet(directory_.path(), {"ttp-rules", "sync"}, environment_).exit_code, 0);
  ASSERT_TRUE(client_->next_of("ttp.rule.reloaded.X0005"));
  std::filesystem::remove(directory_.path() / "rules/X0003.yaml");
  ASSERT_EQ(decnet(directory_.path(), {"ttp-rules", "sync"}, environment_).exit_code, 0);
  ASSERT_TRUE(both("ttp_rule_compiled", 3));
}

TEST_F(TwoWorkers, ATableThatCannotBeReadLeavesTheRulesInForce) {
  database().run("ALTER TABLE ttp_rule RENAME TO elsewhere");
  ASSERT_TRUE(both("ttp_rule_store_ok", 0));
  ASSERT_TRUE(say(*client_, kSession, session("s-1", kAttacker, "history -c")));
  ASSERT_TRUE(both("ttp_messages_total", 1));
  EXPECT_EQ(stored(), 1);
  database().run("ALTER TABLE elsewhere RENAME TO ttp_rule");
  EXPECT_TRUE(both("ttp_rule_store_ok", 1));
  EXPECT_EQ(metric_of("ttp_rule_compiled"), 4);
}

}  // namespace
}  // namespace decnet::test
