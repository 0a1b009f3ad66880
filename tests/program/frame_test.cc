// What every command shares: the gate, --help, exit codes, mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/process.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Environment = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

class Frame : public testing::Test {
 protected:
  Finished decnet(const Words& words, const Environment& environment = {},
                  const std::string& input = {}) const {
    return test::decnet(directory_.path(), words, environment, input);
  }
  TempDir directory_;
};

struct GateCase {
  std::string name;
  Environment environment;
  bool open;
};

class Gate : public Frame, public testing::WithParamInterface<GateCase> {};

// Every name that touches the master's database, with options that are wrong in an open gate.
const std::vector<Words> kMasterOnly = {
    {"ttp-summary", "--bad"}, {"db", "init", "--bad"}, {"db", "check", "--bad"},
    {"db", "--bad"},          {"ttp-rules", "--bad"},  {"ttp-rules", "validate", "--bad"}};

TEST_P(Gate, RefusesOrAllows) {
  for (const auto& words : kMasterOnly) {
    const auto finished = decnet(words, GetParam().environment);
    if (GetParam().open) {
      EXPECT_EQ(finished.exit_code, 2) << words[0];
      continue;
    }
    EXPECT_EQ(finished.out, "`decnet " + words[0] +
                                "` is a master-only command; this host is configured as an agent "
                                "(DECNET_MODE=agent).\n");
    EXPECT_EQ(finished.exit_code, 1);
  }
  const auto help = decnet({"--help"}, GetParam().environment);
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.out.find("ttp-summary") != std::string::npos, GetParam().open);
  EXPECT_EQ(help.out.find("  db ") != std::string::npos, GetParam().open);
  EXPECT_THAT(help.out, HasSubstr("ttp-explain"));
}

TEST_P(Gate, IsOpenForWhatTouchesNoDatabase) {
  EXPECT_EQ(decnet({"config"}, GetParam().environment).exit_code, 0);
  EXPECT_EQ(decnet({"ttp-explain", "ls"}, GetParam().environment).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(
    , Gate,
    testing::ValuesIn(std::vector<GateCase>{
        {"Default", {}, true},
        {"Master", {{"DECNET_MODE", "master"}, {"DECNET_DISALLOW_MASTER", "true"}}, true},
        {"Agent", {{"DECNET_MODE", "agent"}}, false},
        {"AgentInCapitals", {{"DECNET_MODE", "AGENT"}, {"DECNET_DISALLOW_MASTER", "TRUE"}}, false},
        {"Hybrid", {{"DECNET_MODE", "agent"}, {"DECNET_DISALLOW_MASTER", "false"}}, true},
        {"One", {{"DECNET_MODE", "agent"}, {"DECNET_DISALLOW_MASTER", "1"}}, true},
        {"Yes", {{"DECNET_MODE", "agent"}, {"DECNET_DISALLOW_MASTER", "yes"}}, true},
        {"AnotherMode", {{"DECNET_MODE", "hybrid"}}, true},
    }),
    [](const auto& c) { return c.param.name; });

TEST_F(Frame, TheGateReadsFilesToo) {
  const auto ini = directory_.write("decnet.ini", "[decnet]\nmode = agent\n").string();
  EXPECT_THAT(decnet({"ttp-summary"}, {{"DECNET_CONFIG", ini}}).out, HasSubstr("master-only"));
  directory_.write(".env", "DECNET_DISALLOW_MASTER=false\n");
  EXPECT_THAT(decnet({"ttp-summary"}, {{"DECNET_CONFIG", ini}}).out, Not(HasSubstr("master-only")));
}

TEST_F(Frame, AGateLeftOpenByAnythingButTheWordTrueIsTold) {
  const auto finished =
      decnet({"config"}, {{"DECNET_MODE", "agent"}, {"DECNET_DISALLOW_MASTER", "1"}});
  EXPECT_THAT(finished.err, HasSubstr("DECNET_DISALLOW_MASTER is '1', not the word true"));
}

TEST_F(Frame, WithoutArgumentsItSaysWhatThereIs) {
  const auto bare = decnet({});
  EXPECT_EQ(bare.exit_code, 0);
  EXPECT_THAT(bare.err, IsEmpty());
  for (const auto* name : {"import cowrie", "ttp-backfill", "ttp-explain", "ttp-summary", "db init",
                           "db check", "config"}) {
    EXPECT_THAT(bare.out, HasSubstr(std::string("\n  ") + name + " "));
  }
  EXPECT_EQ(decnet({"--help"}).out, bare.out);
  EXPECT_EQ(decnet({"-h"}).out, bare.out);
}

TEST_F(Frame, SaysItsVersion) {
  const auto finished = decnet({"--version"});
  EXPECT_THAT(finished.out, testing::MatchesRegex("decnet [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(finished.exit_code, 0);
}

class Help : public Frame, public testing::WithParamInterface<Words> {};

TEST_P(Help, IsAManualPage) {
  auto words = GetParam();
  words.emplace_back("--help");
  const auto finished = decnet(words);
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_THAT(finished.out, StartsWith("Usage: decnet " + GetParam()[0]));
  EXPECT_THAT(finished.out, HasSubstr("\nOptions:\n"));
  EXPECT_THAT(finished.out, HasSubstr("\nExamples:\n  "));
  EXPECT_THAT(finished.out, HasSubstr("\nExit codes:\n  0 "));
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

INSTANTIATE_TEST_SUITE_P(, Help,
                         testing::Values(Words{"import", "cowrie"}, Words{"ttp-backfill"},
                                         Words{"config"}, Words{"db", "init"}, Words{"db", "check"},
                                         Words{"ttp-eval"}, Words{"ttp-explain"},
                                         Words{"ttp-summary"}, Words{"ttp-rules", "clip"},
                                         Words{"ttp-rules", "coverage"},
                                         Words{"ttp-rules", "disable"},
                                         Words{"ttp-rules", "enable"}, Words{"ttp-rules", "reset"},
                                         Words{"ttp-rules", "sync"}, Words{"ttp-rules", "list"},
                                         Words{"ttp-rules", "show"}, Words{"ttp-rules", "test"},
                                         Words{"ttp-rules", "validate"}),
                         [](const auto& words) {
                           std::string name;
                           for (const auto& word : words.param) {
                             for (const char c : word) {
                               if (c != '-') name += c;
                             }
                           }
                           return name;
                         });

struct Mistake {
  std::string name;
  Words words;
  std::string told;
};

class Mistakes : public Frame, public testing::WithParamInterface<Mistake> {};

TEST_P(Mistakes, AreToldOnStandardErrorWithExitCode2) {
  const auto finished = decnet(GetParam().words);
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, StartsWith("decnet" + GetParam().told + "\n"));
  EXPECT_THAT(finished.err, HasSubstr("--help'.\n"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

INSTANTIATE_TEST_SUITE_P(
    , Mistakes,
    testing::ValuesIn(std::vector<Mistake>{
        {"Command", {"bananas"}, ": no command 'bananas'"},
        {"NearlyACommand", {"ttp-sumary"}, ": no command 'ttp-sumary'; did you mean ttp-summary?"},
        {"HostileCommand", {"\x1b[2J"}, ": no command '\\x1b[2J'"},
        {"EmptyCommand", {""}, ": no command ''"},
        {"Option", {"--bananas"}, ": no option '--bananas'"},
        {"CommandOption", {"config", "--bananas"}, " config: no option '--bananas'"},
        {"Argument", {"config", "x"}, " config: unexpected 'x'"},
        {"Group", {"db"}, " db: which command of it?"},
        {"GroupCommand", {"db", "drop"}, " db: no command 'drop'"},
        {"Bound",
         {"ttp-summary", "--since-days", "0"},
         " ttp-summary: --since-days: '0' is no whole number from 1 to 36500"},
        {"Confidence",
         {"ttp-summary", "--min-confidence=1.5"},
         " ttp-summary: --min-confidence: '1.5' is no number from 0 to 1"},
        {"Value", {"ttp-summary", "--db"}, " ttp-summary: --db needs a value: PATH"},
    }),
    [](const auto& c) { return c.param.name; });

TEST_F(Frame, AGroupSaysWhatItHas) {
  const auto finished = decnet({"db", "--help"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("db init"));
  EXPECT_THAT(finished.out, HasSubstr("db check"));
  EXPECT_THAT(finished.out, Not(HasSubstr("ttp-explain")));
}

TEST_F(Frame, ADamagedIniFileStopsItWithFileAndLine) {
  const auto ini = directory_.write("decnet.ini", "[decnet]\nmode = hybrid\n").string();
  const auto finished = decnet({"config"}, {{"DECNET_CONFIG", ini}});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err,
            "decnet: " + ini + ":2: [decnet] mode is 'hybrid'; it must be agent or master\n");
  EXPECT_THAT(finished.out, IsEmpty());
}

TEST_F(Frame, AResultThatCannotBeWrittenIsAFailure) {
  const auto finished =
      run({.arguments = {"/bin/sh", "-c", "\"$0\" config > /dev/full", program().string()},
           .directory = directory_.path()});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err, "decnet: cannot write the output: No space left on device\n");
}

TEST_F(Frame, ClosedStreamsNeverBecomeADatabase) {
  const auto shell = [&](const std::string& script) {
    return run({.arguments = {"/bin/sh", "-c", script, program().string()},
                .directory = directory_.path()});
  };
  const auto finished = shell("exec \"$0\" db init <&- >&-");
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err, "decnet: cannot write the output: Bad file descriptor\n");
  EXPECT_EQ(shell("exec \"$0\" ttp-explain --rules nowhere ls <&- >&- 2>&-").exit_code, 1);
  EXPECT_EQ(decnet({"db", "check"}).exit_code, 0);
}

// Records of one-shot commands are in the log file, which only those that change something make.
TEST_F(Frame, TheLogFileHoldsWhatChangedAndStandardErrorIsQuiet) {
  EXPECT_EQ(decnet({"ttp-explain", "ls"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
  const auto finished = decnet({"db", "init"}, {{"DECNET_SYSTEM_LOGS", "here.log"}});
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "here.log"));
}

TEST_F(Frame, InTestModeThereIsNoLogFile) {
  EXPECT_EQ(decnet({"db", "init"}, {{"DECNET_TESTING", "1"}}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "decnet.system.log"));
}

TEST_F(Frame, WarningsAreRecordsForProgramsAndWordsForPersons) {
  const Environment environment = {{"DECNET_CONFIG", "/nowhere.ini"}};
  EXPECT_THAT(decnet({"config"}, environment).err,
              testing::MatchesRegex("<132>1 [^ ]+\\+00:00 [^ ]+ cli [0-9]+ decnet\\.cli - "
                                    "/nowhere\\.ini: No such file or directory.*\n"));
  const auto shown = run({.arguments = {program().string(), "config"},
                          .environment = environment,
                          .directory = directory_.path(),
                          .terminal = true});
  EXPECT_THAT(shown.out, HasSubstr("decnet: warning: /nowhere.ini: No such file or directory"));
}

}  // namespace
}  // namespace decnet::test
