// `decnet import cowrie --follow --publish` from the outside: a log that grows, the real program,
// the real broker, a real NATS server and the real worker.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <map>
#include <set>

#include "decnet/base/json.h"
#include "tests/live_system.h"
#include "tests/rule_files.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kSessionEnded = "attacker.session.ended";

// A line of a session of 192.0.2.7, `second` seconds after ten.
std::string line(std::string_view event, std::string_view session, int second,
                 std::string_view members = "") {
  return fmt::format(
      R"({{"eventid":"cowrie.{}","src_ip":"192.0.2.7","session":"{}","sensor":"trap",{})"
      R"("timestamp":"2024-05-01T10:{:02}:{:02}.000001Z"}})"
      "\n",
      event, session, members, second / 60, second % 60);
}
std::string connects(std::string_view session, int second) {
  return line("session.connect", session, second, R"("protocol":"ssh",)");
}
std::string types(std::string_view session, int second, std::string_view command) {
  return line("command.input", session, second,
              fmt::format(R"("input":{},)", Json(std::string(command)).dump()));
}
std::string closes(std::string_view session, int second) {
  return line("session.closed", session, second, R"("duration":7.5,)");
}
std::string whole(std::string_view session, std::string_view command) {
  return connects(session, 0) + types(session, 1, command) + closes(session, 2);
}

class Follow : public testing::Test {
 protected:
  Follow() {
    write_rules(directory_);
    environment_ = {{"DECNET_DB_PATH", database_path().string()},
                    {"DECNET_TTP_RULES_DIR", (directory_.path() / "rules").string()},
                    {"DECNET_BUS_SOCKET", socket().string()},
                    {"DECNET_SYSTEM_LOGS", (directory_.path() / "decnet.log").string()}};
  }

  [[nodiscard]] std::filesystem::path database_path() const {
    return directory_.path() / "decnet.db";
  }
  [[nodiscard]] std::filesystem::path socket() const { return directory_.path() / "bus.sock"; }
  [[nodiscard]] std::filesystem::path log(const std::string& name = "cowrie.json") const {
    return directory_.path() / name;
  }
  [[nodiscard]] SqliteFile database() const { return SqliteFile(database_path()); }
  void append(const std::string& text, const std::string& name = "cowrie.json") const {
    std::ofstream(log(name), std::ios::app | std::ios::binary) << text;
  }

  void start_bus() {
    broker_ = start_broker(socket(), directory_.path());
    client_ = std::make_unique<BusClient>(
        socket(), std::vector<std::string>{kSessionEnded, "ttp.>", "system.ttp.health"});
  }
  Daemon& start(const std::vector<std::string>& options = {"--publish"},
                const std::string& name = "cowrie.json") {
    std::vector<std::string> arguments = {program().string(), "import", "cowrie", "--follow"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back(log(name).string());
    followers_.push_back(
        std::make_unique<Daemon>(arguments, environment_, directory_.path() / (name + ".err")));
    EXPECT_TRUE(followers_.back()->process().wait_for_output("following"))
        << followers_.back()->errors();
    return *followers_.back();
  }
  // Once, to the end of the file.
  Finished import(const std::vector<std::string>& options,
                  const std::string& file = "cowrie.json") {
    std::vector<std::string> arguments = {"import", "cowrie"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back(log(file).string());
    return decnet(directory_.path(), arguments, environment_);
  }

  // "<session>: <command>, <command>" of the next session that the bus brings.
  std::string next_session() {
    const auto event = client_->next_of(kSessionEnded);
    return event ? described(event->body) : "nothing";
  }
  static std::string described(const std::string& body) {
    const Json envelope = Json::parse(body).value();
    const Json& payload = *envelope.find("payload");
    std::string text = *payload.find("session_id")->string() + ":";
    for (const Json& command : *payload.find("commands")->array()) {
      text += " " + *command.find("command_text")->string() + ",";
    }
    return text;
  }
  // Everything said before a message of our own that comes last.
  std::vector<std::string> sessions_so_far() {
    const BusClient marker(socket(), {});
    const_cast<BusClient&>(marker).publish("ttp.mark", envelope("ttp.mark", "", "{}", "mark"));
    std::vector<std::string> all;
    for (;;) {
      const auto event = client_->next();
      if (!event || event->topic == "ttp.mark") return all;
      if (event->topic == kSessionEnded) all.push_back(described(event->body));
    }
  }
  testing::AssertionResult comes_to(const std::string& query, std::int64_t number) {
    std::int64_t found = -1;
    const auto reached = [&] {
      if (!std::filesystem::exists(database_path())) return false;
      auto file = database();
      if (file.number("SELECT count(*) FROM sqlite_master WHERE name = 'decnet_log_position'") ==
          0) {
        return false;
      }
      found = file.number(query);
      return found == number;
    };
    if (eventually(reached)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << query << " is " << found << ", not " << number;
  }
  testing::AssertionResult has_commands(std::int64_t number) {
    return comes_to("SELECT coalesce(sum(json_array_length(commands)), 0) FROM attackers", number);
  }
  testing::AssertionResult has_sent_everything() {
    return comes_to("SELECT count(*) FROM decnet_import_outbox", 0);
  }
  // A database as the framework makes it.
  void make_framework_database() {
    ASSERT_EQ(decnet(directory_.path(), {"db", "init"}, environment_).exit_code, 0);
    make_framework_of(database());
  }

  TempDir directory_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<Daemon> broker_;
  std::unique_ptr<BusClient> client_;
  std::vector<std::unique_ptr<Daemon>> followers_;
};

TEST_F(Follow, PublishesASessionWhenItsEndIsLogged) {
  start_bus();
  auto& follower = start();
  append(connects("s1", 0) + types("s1", 3, "uname -a") + types("s1", 4, "cat /etc/passwd"));
  ASSERT_TRUE(has_commands(2));
  append(closes("s1", 65));
  const auto event = client_->next_of(kSessionEnded);
  ASSERT_TRUE(event);
  const Json envelope = Json::parse(event->body).value();
  EXPECT_EQ(*envelope.find("type"), Json("session.ended"));
  const auto stored = Json::parse(database().rows("SELECT commands FROM attackers")[0][0]).value();
  Json::Array commands;
  for (const Json& command : *stored.array()) {
    commands.push_back(Json::object({{"id", *command.find("id")},
                                     {"command_text", *command.find("command_text")},
                                     {"ts", *command.find("ts")},
                                     {"decky", "trap"},
                                     {"service", "ssh"}}));
  }
  EXPECT_EQ(envelope.find("payload")->dump(),
            Json::object({{"session_id", "s1"},
                          {"attacker_uuid", nullptr},
                          {"attacker_ip", "192.0.2.7"},
                          {"decky_id", "trap"},
                          {"service", "ssh"},
                          {"ended_at", "2024-05-01T10:01:05.000001+00:00"},
                          {"duration_s", 7.5},
                          {"commands", std::move(commands)},
                          {"shard_path", nullptr}})
                .dump());
  ASSERT_TRUE(has_sent_everything());
  const auto done = follower.end(SIGTERM);
  EXPECT_EQ(done.exit_code, 0) << follower.errors();
  EXPECT_THAT(done.out,
              MatchesRegex("following file=.*/cowrie.json offset=0\n"
                           "total lines=4 events=4 ignored=0 damaged=0 attackers=1 commands=2 "
                           "known_commands=0 logins=0 known_logins=0 records=0 known_records=0 "
                           "sessions=1 published=1 "
                           "waiting=0 elapsed_s=[0-9.]+\n"));
  EXPECT_THAT(follower.errors(), IsEmpty());
}

TEST_F(Follow, FromTheLineToTheTagAndNothingTwice) {
  start_bus();
  auto& follower = start();
  Daemon worker({program().string(), "ttp"}, environment_, directory_.path() / "ttp.err");
  ASSERT_TRUE(client_->next_of("system.ttp.health")) << "greets when it is connected";
  append(whole("s1", "cat /etc/passwd; history -c"));
  const auto tagged = client_->next_of("ttp.tagged");
  ASSERT_TRUE(tagged) << worker.errors();
  const Json said = Json::parse(tagged->body).value();
  EXPECT_EQ(*said.find("payload")->find("session_id"), Json("s1"));
  EXPECT_EQ(said.find("payload")->find("techniques_added")->dump(), R"(["T1070","T1083"])");
  EXPECT_EQ(database().number("SELECT count(*) FROM ttp_tag"), 2);
  EXPECT_EQ(follower.end(SIGINT).exit_code, 0);
  const auto before = database().rows("SELECT * FROM ttp_tag ORDER BY uuid");
  const auto backfill =
      decnet(directory_.path(), {"ttp-backfill", "--since-days", "3650"}, environment_);
  EXPECT_THAT(backfill.out, HasSubstr("source=command rows=1 commands=1 inserted=0 "));
  EXPECT_EQ(database().rows("SELECT * FROM ttp_tag ORDER BY uuid"), before);
  EXPECT_EQ(worker.end(SIGTERM).exit_code, 0);
}

TEST_F(Follow, GoesOnAfterBeingKilledAcrossRotations) {
  start_bus();
  append(whole("s0", "pwd") + connects("s1", 10) + types("s1", 11, "uname -a"));
  start();
  EXPECT_EQ(next_session(), "s0: pwd,");
  ASSERT_TRUE(has_commands(2));
  ASSERT_TRUE(has_sent_everything());  // else it would rightly be said again
  followers_.back()->end(SIGKILL);
  // While nobody looks, the log is rotated twice, and a line is half written.
  append(types("s1", 12, "id") + connects("s2", 13));
  std::filesystem::rename(log(), log("cowrie.json.2"));
  append(types("s2", 14, "w") + closes("s2", 15));
  std::filesystem::rename(log(), log("cowrie.json.1"));
  const std::string end = closes("s1", 20);
  append(types("s1", 19, "ls") + end.substr(0, 40));
  start();
  EXPECT_EQ(next_session(), "s2: w,");
  ASSERT_TRUE(has_commands(5));
  append(end.substr(40));
  EXPECT_EQ(next_session(), "s1: uname -a, id, ls,");
  ASSERT_TRUE(has_sent_everything());
  const auto done = followers_.back()->end(SIGTERM);
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, HasSubstr("lines=6 events=6 ignored=0 damaged=0 attackers=0 commands=3 "
                                  "known_commands=0 "))
      << "nothing was read twice";
  EXPECT_THAT(sessions_so_far(), IsEmpty());
}

TEST_F(Follow, FollowsRenamedAndCutFilesLive) {
  start_bus();
  start();
  append(whole("s1", "one"));
  EXPECT_EQ(next_session(), "s1: one,");
  std::filesystem::rename(log(), log("cowrie.json.1"));
  append(whole("s2", "two"));
  EXPECT_EQ(next_session(), "s2: two,");
  std::filesystem::copy_file(log(), log("cowrie.json.2"));
  std::filesystem::resize_file(log(), 0);
  append(whole("s3", "three"));
  EXPECT_EQ(next_session(), "s3: three,");
  std::filesystem::remove(log());
  append(whole("s4", "four"));
  EXPECT_EQ(next_session(), "s4: four,");
  EXPECT_EQ(followers_.back()->end(SIGTERM).exit_code, 0);
  EXPECT_THAT(sessions_so_far(), IsEmpty());
}

TEST_F(Follow, NothingIsLostWhileTheBusIsAway) {
  start();
  append(whole("s1", "one"));
  ASSERT_TRUE(comes_to("SELECT count(*) FROM decnet_import_outbox", 1));
  const auto done = followers_.back()->end(SIGTERM);
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, HasSubstr("sessions=1 published=0 waiting=1 "));
  EXPECT_THAT(followers_.back()->errors(), HasSubstr("1 messages wait in the database"));
  start();
  append(whole("s2", "two"));
  ASSERT_TRUE(comes_to("SELECT count(*) FROM decnet_import_outbox", 2));
  start_bus();
  EXPECT_EQ(next_session(), "s1: one,");
  EXPECT_EQ(next_session(), "s2: two,");
  // Away again, and back.
  ASSERT_TRUE(has_sent_everything());
  broker_->end(SIGTERM);
  append(whole("s3", "three"));
  ASSERT_TRUE(has_commands(3));
  start_bus();
  EXPECT_EQ(next_session(), "s3: three,");
}

TEST_F(Follow, SaysSilentAndUnfinishedSessionsToo) {
  start_bus();
  start({"--publish", "--session-idle", "1"});
  append(connects("s1", 0) + types("s1", 1, "one"));
  EXPECT_EQ(next_session(), "s1: one,");
  EXPECT_EQ(followers_.back()->end(SIGTERM).exit_code, 0);
  start();
  append(connects("s2", 0) + types("s2", 1, "two"));
  ASSERT_TRUE(has_commands(2));
  EXPECT_EQ(followers_.back()->end(SIGTERM).exit_code, 0);
  EXPECT_EQ(next_session(), "s2: two,");
  start();
  append(types("s2", 3, "three") + closes("s2", 9));
  EXPECT_EQ(next_session(), "s2: three,") << "what was said is not said again";
}

TEST_F(Follow, SurvivesWhatAttackersWrite) {
  start_bus();
  append(connects("s1", 0));
  start();
  std::string binary;
  for (int i = 0; i < 100'000; ++i) binary += static_cast<char>(i * 7919 >> 3);
  append(std::string(6 << 20, 'x') + "\n" + std::string(3000, '[') + "\n" + binary + "\n");
  append(types("s1", 1, "cat /etc/passwd") + types("s1", 2, std::string(1 << 20, 'A')) +
         types("s1", 3, "\x1b]0;owned\x07\xff\xfe") +
         line("command.input", std::string(5000, 's'), 4, R"("input":"id",)") + closes("s1", 9));
  const auto event = client_->next_of(kSessionEnded);
  ASSERT_TRUE(event);
  EXPECT_THAT(described(event->body), HasSubstr("s1: cat /etc/passwd, "));
  append(whole("s2", "two"));
  EXPECT_EQ(next_session(), "s2: two,");
  const auto done = followers_.back()->end(SIGTERM);
  EXPECT_EQ(done.exit_code, 0) << followers_.back()->errors();
  const std::string errors = followers_.back()->errors();
  EXPECT_THAT(errors, AllOf(HasSubstr("is too large for the bus"), HasSubstr("too long a name"),
                            HasSubstr("longer than 4194304 bytes")));
  EXPECT_THAT(errors, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(has_commands(5)) << "stored they are";
}

TEST_F(Follow, TwoOfThemShareADatabase) {
  start_bus();
  start({"--publish"}, "a.json");
  start({"--publish"}, "b.json");
  std::set<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    const std::string a = fmt::format("a{}", i);
    const std::string b = fmt::format("b{}", i);
    append(whole(a, "one"), "a.json");
    append(whole(b, "two"), "b.json");
    expected.insert(a + ": one,");
    expected.insert(b + ": two,");
  }
  std::multiset<std::string> heard;
  while (heard.size() < expected.size()) heard.insert(next_session());
  EXPECT_EQ(heard, std::multiset<std::string>(expected.begin(), expected.end()));
  // The second one publishes for itself when the first is gone.
  ASSERT_TRUE(has_sent_everything());
  followers_[0]->end(SIGKILL);
  append(whole("b20", "three"), "b.json");
  EXPECT_EQ(next_session(), "b20: three,");
}

TEST_F(Follow, WithoutPublishItOnlyImports) {
  start_bus();
  start({"--json"});
  append(whole("s1", "one") + "rubbish\n");
  ASSERT_TRUE(has_commands(1));
  const auto done = followers_.back()->end(SIGTERM);
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(followers_.back()->errors(), HasSubstr("cowrie.json:4: not JSON"));
  std::vector<Json> lines;
  for (std::size_t at = 0; at < done.out.size();) {
    const auto end = done.out.find('\n', at);
    lines.push_back(Json::parse(done.out.substr(at, end - at)).value());
    at = end + 1;
  }
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(*lines[0].find("type"), Json("following"));
  EXPECT_EQ(*lines[1].find("type"), Json("total"));
  EXPECT_EQ(*lines[1].find("lines"), Json(4));
  EXPECT_EQ(*lines[1].find("damaged"), Json(1));
  EXPECT_THAT(sessions_so_far(), IsEmpty());
}

TEST_F(Follow, OnceItPublishesWhatIsNew) {
  start_bus();
  append(whole("s1", "one") + connects("s2", 10) + types("s2", 11, "two") + connects("s3", 20) +
         closes("s3", 21));
  const auto first = import({"--publish"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("\nsessions=2 published=2 waiting=0\n"));
  EXPECT_THAT(sessions_so_far(), UnorderedElementsAre("s1: one,", "s2: two,"));
  append(types("s2", 12, "three") + closes("s2", 13));
  EXPECT_THAT(import({"--publish"}).out, HasSubstr("\nsessions=1 published=1 waiting=0\n"));
  EXPECT_THAT(sessions_so_far(), ElementsAre("s2: three,"));
  EXPECT_THAT(import({"--publish"}).out, HasSubstr("\nsessions=0 published=0 waiting=0\n"));
  EXPECT_THAT(sessions_so_far(), IsEmpty());
}

TEST_F(Follow, OnceWithoutABusItSaysThatSessionsWait) {
  append(whole("s1", "one"));
  const auto alone = import({"--publish"});
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_THAT(alone.out, HasSubstr("\nsessions=1 published=0 waiting=1\n"));
  EXPECT_THAT(alone.err, HasSubstr("1 messages wait in the database"));
  start_bus();
  EXPECT_THAT(import({"--publish"}).out, HasSubstr("\nsessions=0 published=1 waiting=0\n"));
  EXPECT_THAT(sessions_so_far(), ElementsAre("s1: one,"));
}

TEST_F(Follow, OnNatsTheWorkerMayComeLater) {
  const std::uint16_t port = free_port();
  const auto nats = start_nats(port, directory_.path());
  environment_["DECNET_BUS_TYPE"] = "nats";
  environment_["DECNET_BUS_URL"] = fmt::format("nats://127.0.0.1:{}", port);
  start();
  append(whole("s1", "cat /etc/passwd") + whole("s2", "history -c"));
  ASSERT_TRUE(has_commands(2));
  ASSERT_TRUE(has_sent_everything());
  EXPECT_EQ(followers_.back()->end(SIGTERM).exit_code, 0) << followers_.back()->errors();
  Daemon worker({program().string(), "ttp"}, environment_, directory_.path() / "ttp.err");
  EXPECT_TRUE(comes_to("SELECT count(*) FROM ttp_tag", 2)) << worker.errors();
}

TEST_F(Follow, OnAFrameworkDatabaseItReadsFromTheBeginningEachTime) {
  make_framework_database();
  append(whole("s1", "one"));
  for (const int known : {0, 1}) {
    std::vector<std::string> arguments = {program().string(), "import", "cowrie", "--follow",
                                          log().string()};
    Daemon follower(arguments, environment_, directory_.path() / fmt::format("{}.err", known));
    ASSERT_TRUE(follower.process().wait_for_output("following")) << follower.errors();
    ASSERT_TRUE(eventually([&] {
      return database().number(
                 "SELECT coalesce(sum(json_array_length(commands)), 0) FROM "
                 "attackers") == 1;
    }));
    const auto done = follower.end(SIGTERM);
    EXPECT_EQ(done.exit_code, 0) << follower.errors();
    EXPECT_THAT(done.out, HasSubstr(fmt::format("known_commands={} ", known)));
    EXPECT_THAT(follower.errors(), HasSubstr("`decnet db init` adds the table"));
  }
  const auto refused = import({"--publish"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("has no table for what is to be published"));
  ASSERT_EQ(decnet(directory_.path(), {"db", "init"}, environment_).exit_code, 0);
  start_bus();
  append(whole("s2", "two"));
  EXPECT_EQ(import({"--publish"}).exit_code, 0);
  EXPECT_THAT(sessions_so_far(), ElementsAre("s2: two,"));
}

struct Refusal {
  std::string name;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;
  int exit_code;
  std::string said;
};
class FollowRefuses : public Follow, public testing::WithParamInterface<Refusal> {};

TEST_P(FollowRefuses, InOneLine) {
  directory_.write("cowrie.json", whole("s1", "one"));
  std::filesystem::create_directory(log("directory"));
  ASSERT_EQ(run({.arguments = {"gzip", "-k", log().string()}}).exit_code, 0);
  ASSERT_EQ(mkfifo(log("fifo").c_str(), 0600), 0);
  auto environment = environment_;
  for (const auto& [name, value] : GetParam().environment) environment[name] = value;
  std::vector<std::string> arguments = {"import", "cowrie"};
  arguments.insert(arguments.end(), GetParam().arguments.begin(), GetParam().arguments.end());
  const auto done = decnet(directory_.path(), arguments, environment);
  EXPECT_EQ(done.exit_code, GetParam().exit_code);
  EXPECT_THAT(done.out + done.err, HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Table, FollowRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {"StandardInput", {"--follow", "-"}, {}, 2, "--follow is for files"},
        {"NoFile", {"--follow"}, {}, 2, "FILE"},
        {"NoIdleTime", {"--session-idle", "0", "cowrie.json"}, {}, 2, "--session-idle"},
        {"Directory", {"--follow", "directory"}, {}, 1, "/directory: is a directory"},
        {"Compressed", {"--follow", "cowrie.json.gz"}, {}, 1, "is gzip-compressed"},
        {"Fifo", {"--follow", "fifo"}, {}, 1, "/fifo: is no regular file"},
        {"BusOff",
         {"--publish", "cowrie.json"},
         {{"DECNET_BUS_ENABLED", "false"}},
         1,
         "--publish: the bus is switched off"},
        {"BusInMemory",
         {"--publish", "cowrie.json"},
         {{"DECNET_BUS_TYPE", "memory"}},
         1,
         "--publish: the memory bus reaches no other process"},
        {"BusOfNoKind",
         {"--follow", "--publish", "cowrie.json"},
         {{"DECNET_BUS_TYPE", "pigeon"}},
         1,
         "DECNET_BUS_TYPE is 'pigeon'"},
        {"Agent",
         {"--follow", "--publish", "cowrie.json"},
         {{"DECNET_MODE", "agent"}},
         1,
         "is a master-only command"},
    }),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet::test
