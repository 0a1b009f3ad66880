// `decnet import cowrie` from the outside: files in, attackers in the database, what went wrong
// said.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <map>

#include "decnet/base/json.h"
#include "tests/invented_history.h"
#include "tests/process.h"
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

// One session: connect, a failed and a good login, two commands, close.
constexpr std::string_view kSession =
    R"({"eventid":"cowrie.session.connect","src_ip":"192.0.2.7","src_port":4711,"protocol":"ssh","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:00.000001Z"}
{"eventid":"cowrie.login.failed","username":"root","password":"a","src_ip":"192.0.2.7","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:01.000001Z"}
{"eventid":"cowrie.login.success","username":"root","password":"b","src_ip":"192.0.2.7","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:02.000001Z"}
{"eventid":"cowrie.command.input","input":"uname -a","src_ip":"192.0.2.7","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:03.000001Z"}
{"eventid":"cowrie.command.input","input":"cat /etc/passwd","src_ip":"192.0.2.7","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:04.000001Z"}
{"eventid":"cowrie.session.closed","duration":5,"src_ip":"192.0.2.7","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:05.000001Z"}
)";

class Import : public testing::Test {
 protected:
  CommandLine command(const std::vector<std::string>& arguments,
                      const std::string& input = {}) const {
    CommandLine line{
        .arguments = {program().string(), "import", "cowrie"},
        .environment = {{"DECNET_DB_PATH", path_.string()},
                        {"DECNET_SYSTEM_LOGS", (directory_.path() / "decnet.log").string()}},
        .directory = directory_.path(),
        .input = input};
    line.arguments.insert(line.arguments.end(), arguments.begin(), arguments.end());
    return line;
  }
  Finished import(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    return run(command(arguments, input));
  }
  SqliteFile database() const { return SqliteFile(path_); }
  // Attackers and logins as the log says them, without times of writing.
  static std::vector<SqlRow> contents(const std::filesystem::path& path) {
    SqliteFile file(path);
    auto rows = file.rows(
        "SELECT uuid, ip, first_seen, last_seen, services, deckies, commands FROM attackers"
        " ORDER BY uuid");
    for (auto& row : file.rows("SELECT * FROM decnet_auth_attempt ORDER BY 1")) {
      rows.push_back(std::move(row));
    }
    return rows;
  }

  TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "decnet.db";
};

TEST_F(Import, MakesADatabaseOfALog) {
  directory_.write("cowrie.json", kSession);
  const auto done = import({"cowrie.json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(
      done.out,
      MatchesRegex("file=cowrie.json lines=6 events=6 ignored=0 damaged=0 attackers=1 "
                   "commands=2 known_commands=0 logins=2 known_logins=0 records=0 known_records=0 "
                   "elapsed_s=[0-9]+\\.[0-9][0-9]\n"));
  const auto rows = database().rows("SELECT ip, first_seen, last_seen, commands FROM attackers");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0][0], "192.0.2.7");
  EXPECT_EQ(rows[0][1], "2024-05-01 10:00:00.000001");
  EXPECT_EQ(rows[0][2], "2024-05-01 10:00:05.000001");
  const auto commands = Json::parse(rows[0][3]).value();
  ASSERT_EQ(commands.array()->size(), 2U);
  const auto& first = commands.array()->front();
  EXPECT_EQ(*first.find("command_text"), Json("uname -a"));
  EXPECT_EQ(*first.find("session_id"), Json("s1"));
  EXPECT_TRUE(first.find("id")->truthy());
}

TEST_F(Import, TheSameAgainAddsNothing) {
  directory_.write("cowrie.json", kSession);
  import({"cowrie.json"});
  const auto before = contents(path_);
  const auto done = import({"cowrie.json"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, HasSubstr("attackers=0 commands=0 known_commands=2 logins=0 "
                                  "known_logins=2 "));
  EXPECT_EQ(contents(path_), before);
}

TEST_F(Import, OverlappingFilesInAnyOrderAddUp) {
  const auto log = invented_cowrie_log(21, 60, 5);
  const auto line_after = [&](std::size_t share) {
    return log.find('\n', log.size() * share / 4) + 1;
  };
  directory_.write("whole.json", log);
  directory_.write("first.json", log.substr(0, line_after(3)));
  directory_.write("last.json", log.substr(line_after(1)));
  const auto whole = import({"whole.json"});
  const auto other = directory_.path() / "other.db";
  const auto parts = import({"--db", other.string(), "last.json", "first.json", "last.json"});
  EXPECT_EQ(parts.exit_code, 0) << parts.err;
  EXPECT_EQ(contents(other), contents(path_));
  EXPECT_THAT(parts.out, HasSubstr("total files=3 "));
  EXPECT_THAT(parts.out, HasSubstr(" commands=300 "));
  EXPECT_THAT(whole.out, Not(HasSubstr("total ")));
}

TEST_F(Import, ReadsStandardInputAndGzip) {
  const auto file = directory_.write("cowrie.json", kSession);
  EXPECT_THAT(import({"-"}, std::string(kSession)).out,
              AllOf(HasSubstr("file=- lines=6 "), HasSubstr(" commands=2 ")));
  const auto plain = contents(path_);
  std::filesystem::remove(path_);
  ASSERT_EQ(run({.arguments = {"gzip", "-k", file.string()}}).exit_code, 0);
  EXPECT_THAT(import({"cowrie.json.gz"}).out, HasSubstr("lines=6 "));
  EXPECT_EQ(contents(path_), plain);
}

TEST_F(Import, NamesTheFirstDamagedLinesAndGoesOn) {
  std::string log = "{\"eventid\":\n";
  log += kSession;
  for (int i = 0; i < 12; ++i) log += "\x1b[2J not json\n";
  directory_.write("bad.json", log);
  const auto done = import({"bad.json"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out,
              HasSubstr("lines=19 events=6 ignored=0 damaged=13 attackers=1 commands=2 "));
  EXPECT_THAT(done.err, AllOf(HasSubstr("bad.json:1: "), HasSubstr("bad.json:8: "),
                              HasSubstr("bad.json:16: "), Not(HasSubstr("bad.json:17: ")),
                              HasSubstr("3 more"), Not(HasSubstr("\x1b"))));
}

TEST_F(Import, AFileThatCannotBeReadCostsItself) {
  directory_.write("cowrie.json", kSession);
  std::filesystem::create_directory(directory_.path() / "folder");
  const auto done = import({"nowhere.json", "folder", "cowrie.json"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.err, AllOf(HasSubstr("nowhere.json"), HasSubstr("folder")));
  EXPECT_THAT(done.out, HasSubstr("file=cowrie.json lines=6 "));
  EXPECT_EQ(database().number("SELECT count(*) FROM attackers"), 1);
}

TEST_F(Import, DamagedGzipKeepsWhatWasReadable) {
  const auto file = directory_.write("cowrie.json", invented_cowrie_log(22, 500, 5));
  run({.arguments = {"gzip", file.string()}});
  std::filesystem::resize_file(file.string() + ".gz",
                               std::filesystem::file_size(file.string() + ".gz") / 2);
  const auto done = import({"cowrie.json.gz"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.err, HasSubstr("cowrie.json.gz"));
  EXPECT_GT(database().number("SELECT count(*) FROM attackers"), 0);
}

TEST_F(Import, JsonLinesReplaceTheHumanOnes) {
  directory_.write("a b.json", std::string(kSession) + "damaged\n");
  const auto done = import({"--json", "a b.json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  std::istringstream lines(done.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto file = Json::parse(line).value();
  EXPECT_EQ(*file.find("type"), Json("file"));
  EXPECT_EQ(*file.find("file"), Json("a b.json"));
  EXPECT_EQ(*file.find("lines"), Json(7));
  EXPECT_EQ(*file.find("damaged"), Json(1));
  EXPECT_EQ(file.find("damage")->array()->size(), 1U);
  EXPECT_EQ(*file.find("new_commands"), Json(2));
  ASSERT_TRUE(std::getline(lines, line));
  const auto total = Json::parse(line).value();
  EXPECT_EQ(*total.find("type"), Json("total"));
  EXPECT_EQ(*total.find("files"), Json(1));
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(Import, QuotesAFileNameThatWouldBreakItsLine) {
  directory_.write("a b\n.json", kSession);
  EXPECT_THAT(import({"a b\n.json"}).out, HasSubstr(R"(file='a b\n.json' lines=6 )"));
}

struct Usage {
  std::string name;
  std::vector<std::string> arguments;
  std::string named;
};

class ImportUsage : public Import, public testing::WithParamInterface<Usage> {};

TEST_P(ImportUsage, IsRefusedOnStderrWithExitCode2) {
  const auto done = import(GetParam().arguments);
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_THAT(done.out, IsEmpty());
  EXPECT_THAT(done.err, HasSubstr(GetParam().named));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

INSTANTIATE_TEST_SUITE_P(Options, ImportUsage,
                         testing::ValuesIn(std::vector<Usage>{
                             {"NoFile", {}, "FILE"},
                             {"NoLines", {"--batch-lines", "0", "x"}, "--batch-lines"},
                             {"LinesNoNumber", {"--batch-lines", "x", "x"}, "--batch-lines"},
                             {"UnknownOption", {"--since", "x"}, "--since"},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST_F(Import, IsForMastersAlone) {
  directory_.write("cowrie.json", kSession);
  auto line = command({"cowrie.json"});
  line.environment["DECNET_MODE"] = "agent";
  const auto done = run(line);
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, HasSubstr("is a master-only command"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// As behind `tail -F`: what came is stored although more may come, and a signal ends the wait.
TEST_F(Import, StoresWhatAPipeHasSaidAndEndsAtASignal) {
  const auto pipe = directory_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  Process process(command({"pipe"}));
  {
    std::ofstream writer(pipe);
    writer << kSession << std::flush;
    const auto stored = [&]() -> std::int64_t {
      if (!std::filesystem::exists(path_)) return 0;
      auto file = database();
      return file.number("SELECT count(*) FROM sqlite_master WHERE name = 'attackers'") == 0
                 ? 0
                 : file.number("SELECT count(*) FROM attackers");
    };
    while (process.is_running() && stored() == 0) {
    }
    EXPECT_EQ(stored(), 1);
    process.signal(SIGTERM);
    const auto done = process.wait();
    EXPECT_EQ(done.exit_code, 143) << done.err;
    EXPECT_THAT(done.out, AllOf(HasSubstr("file=pipe lines=6 "), HasSubstr("interrupted")));
  }
}

struct Stop {
  std::string name;
  int signal;
  int exit_code;
};

class ImportStopped : public Import, public testing::WithParamInterface<Stop> {};

TEST_P(ImportStopped, TheNextRunDoesTheRest) {
  directory_.write("cowrie.json", invented_cowrie_log(23, 700, 8));
  const auto other = directory_.path() / "whole.db";
  ASSERT_EQ(import({"--db", other.string(), "cowrie.json"}).exit_code, 0);
  const auto expected = contents(other);

  Random random(24);
  int stopped = 0;
  for (int round = 0; round < 4; ++round) {
    for (const auto* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(path_.string() + suffix);
    Process process(command({"--batch-lines", "20", "cowrie.json"}));
    // Stops it when so many attackers are stored.
    const auto enough = static_cast<std::int64_t>(1 + random() % 300);
    const auto stored = [&]() -> std::int64_t {
      if (!std::filesystem::exists(path_)) return 0;
      auto file = database();
      const auto tables =
          file.number("SELECT count(*) FROM sqlite_master WHERE name = 'attackers'");
      return tables == 0 ? 0 : file.number("SELECT count(*) FROM attackers");
    };
    while (process.is_running() && stored() < enough) {
    }
    process.signal(GetParam().signal);
    const auto done = process.wait();
    if (GetParam().signal == SIGKILL) {
      stopped += done.signal == SIGKILL ? 1 : 0;
    } else if (done.exit_code == GetParam().exit_code) {  // else it was faster
      ++stopped;
      EXPECT_THAT(done.out, AllOf(HasSubstr("file=cowrie.json "), HasSubstr("Import interrupted")));
    }
    EXPECT_EQ(import({"cowrie.json"}).exit_code, 0);
    EXPECT_EQ(contents(path_), expected);
  }
  EXPECT_GT(stopped, 0);
}

INSTANTIATE_TEST_SUITE_P(Signals, ImportStopped,
                         testing::ValuesIn(std::vector<Stop>{{"CtrlC", SIGINT, 130},
                                                             {"Sigterm", SIGTERM, 143},
                                                             {"Killed", SIGKILL, -1}}),
                         [](const auto& row) { return row.param.name; });

// The other logs: the same program, another language.
class OtherLogs : public Import {
 protected:
  Finished other(const std::vector<std::string>& words, const std::string& input = {}) const {
    auto line = command({}, input);
    line.arguments = {program().string()};
    line.arguments.insert(line.arguments.end(), words.begin(), words.end());
    return run(line);
  }
  static std::string sample(const char* name) { return (source_dir() / "samples" / name).string(); }
  std::vector<std::string> tagged() const {
    std::vector<std::string> rules;
    for (const auto& row : database().rows("SELECT DISTINCT rule_id FROM ttp_tag ORDER BY 1")) {
      rules.push_back(row[0]);
    }
    return rules;
  }
};

TEST_F(OtherLogs, AnOpenCanaryLogIsReadAndTagged) {
  const auto log = sample("opencanary.log");
  EXPECT_THAT(other({"import", "opencanary", log}).out,
              HasSubstr("lines=23 events=21 ignored=1 damaged=1 attackers=4 commands=0 "
                        "known_commands=0 logins=7 known_logins=0 records=18 known_records=6"));
  EXPECT_THAT(other({"import", "opencanary", log}).out,
              HasSubstr("logins=0 known_logins=7 records=0 known_records="));
  const auto backfill = other({"ttp-backfill", "--since-days", "3650"});
  EXPECT_EQ(backfill.exit_code, 0) << backfill.err;
  EXPECT_THAT(backfill.err, HasSubstr("events of logins, sessions, requests and the like"));
  EXPECT_THAT(tagged(), testing::IsSupersetOf({"R0007", "R1610", "R1611", "R1612", "R1613", "R1614",
                                               "R1615", "R1617"}));
  EXPECT_THAT(other({"ttp-backfill", "--since-days", "3650", "--source", "activity"}).out,
              AllOf(HasSubstr("source=activity rows="), HasSubstr(" inserted=0 ")));
}

TEST_F(OtherLogs, AnAccessLogIsReadAndTagged) {
  EXPECT_THAT(other({"import", "access-log", "--decky", "web-1", sample("access.log")}).out,
              HasSubstr("lines=10 events=9 ignored=0 damaged=1 attackers=4 "));
  EXPECT_EQ(database().rows("SELECT DISTINCT decky_id FROM decnet_event"),
            std::vector<SqlRow>{{"web-1"}});
  EXPECT_EQ(other({"ttp-backfill", "--since-days", "3650"}).exit_code, 0);
  EXPECT_THAT(tagged(), testing::IsSupersetOf({"R0007", "R0008", "R0009"}));
}

TEST_F(OtherLogs, AlertsOfTokensAreTriggers) {
  EXPECT_THAT(other({"import", "canarytokens", sample("canarytokens.jsonl")}).out,
              HasSubstr("lines=3 events=3 ignored=0 damaged=0 attackers=3 "));
  EXPECT_EQ(database().number("SELECT count(*) FROM canary_triggers"), 3);
  EXPECT_THAT(other({"ttp-backfill", "--since-days", "3650", "--source", "canary"}).out,
              HasSubstr("source=canary rows=3 "));
}

TEST_F(OtherLogs, AreReadFromStandardInputToo) {
  EXPECT_THAT(other({"import", "access-log", "-"},
                    "192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] \"GET / HTTP/1.1\" 200 5\n")
                  .out,
              HasSubstr("file=- lines=1 events=1 "));
}

}  // namespace
}  // namespace decnet::test
