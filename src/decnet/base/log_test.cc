#include "decnet/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "decnet/base/file.h"
#include "tests/test_main.h"

namespace decnet::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Log : public testing::Test {
 protected:
  ~Log() override { stop(); }

  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "decnet.log"; }
  [[nodiscard]] std::string content() const { return read_file(file()).value_or("(no file)"); }

  // Everything to the file, nothing to stderr.
  void start_file(Level level = Level::kInfo) const {
    start({.file = file(), .level = level, .stderr_level = Level::kCritical});
  }

  test::TempDir directory_;
};

struct LevelCase {
  std::string name;
  Level level;
  std::string priority;
};

class Priorities : public Log, public testing::WithParamInterface<LevelCase> {};

TEST_P(Priorities, FollowRfc5424) {
  start_file(Level::kDebug);
  testing::internal::CaptureStderr();  // critical goes there too
  write(GetParam().level, "ttp.worker", "ready");
  testing::internal::GetCapturedStderr();
  EXPECT_THAT(content(), testing::StartsWith("<" + GetParam().priority + ">1 "));
}

INSTANTIATE_TEST_SUITE_P(, Priorities,
                         testing::ValuesIn(std::vector<LevelCase>{
                             {"Debug", Level::kDebug, "135"},
                             {"Info", Level::kInfo, "134"},
                             {"Warning", Level::kWarning, "132"},
                             {"Error", Level::kError, "131"},
                             {"Critical", Level::kCritical, "130"},
                         }),
                         [](const auto& level) { return level.param.name; });

TEST_F(Log, ARecordIsOneRfc5424Line) {
  start_file();
  info("ttp.engine", "59 rules");
  info("", "nobody in particular");
  EXPECT_THAT(content(),
              testing::MatchesRegex(
                  "<134>1 [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}\\+00:00 "
                  "[^ ]+ ttp\\.engine [0-9]+ decnet\\.ttp\\.engine - 59 rules\n"
                  "<134>1 [^ ]+ [^ ]+ decnet [0-9]+ decnet - nobody in particular\n"));
}

TEST_F(Log, NoTextForgesARecordOrSteersATerminal) {
  start_file();
  info("cli", "name\n<130>1 forged \x1b[2J\xFF");
  const std::string written = content();
  EXPECT_THAT(written, HasSubstr("- name\\n<130>1 forged \\x1b[2J\xEF\xBF\xBD\n"));
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
}

TEST_F(Log, AMessageIsBounded) {
  start_file();
  info("cli", std::string(1 << 20, 'x'));
  EXPECT_LT(content().size(), kMaxMessageBytes + 200);
}

TEST_F(Log, LevelsBelowTheSettingAreLeftOut) {
  start_file();
  debug("cli", "whisper");
  info("cli", "word");
  EXPECT_THAT(content(), testing::Not(HasSubstr("whisper")));
  EXPECT_THAT(content(), HasSubstr("word"));
}

TEST_F(Log, TheFileIsMadeByTheFirstRecord) {
  start_file();
  EXPECT_FALSE(std::filesystem::exists(file()));
  info("cli", "first");
  EXPECT_TRUE(std::filesystem::exists(file()));
}

TEST_F(Log, StderrShowsItsLevelInItsForm) {
  start({.file = {}, .stderr_level = Level::kWarning, .stderr_form = Form::kPlain});
  testing::internal::CaptureStderr();
  info("cli", "quiet");
  warning("cli", "loud");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "decnet: warning: loud\n");

  start({.file = {}});
  testing::internal::CaptureStderr();
  info("cli", "told");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(" decnet.cli - told\n"));
}

TEST_F(Log, UntilStartedOnlyWarningsAreTold) {
  testing::internal::CaptureStderr();
  info("cli", "quiet");
  warning("cli", "loud");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "decnet: warning: loud\n");
}

TEST_F(Log, IsOpenedAgainWhenMovedOrDeleted) {
  start_file();
  info("cli", "one");
  std::filesystem::rename(file(), directory_.path() / "moved");
  info("cli", "two");
  EXPECT_THAT(content(), HasSubstr("two"));
  EXPECT_THAT(content(), testing::Not(HasSubstr("one")));
  std::filesystem::remove(file());
  info("cli", "three");
  EXPECT_THAT(content(), HasSubstr("three"));
}

TEST_F(Log, AFileThatCannotBeWrittenCostsOneWarning) {
  start({.file = directory_.path() / "absent" / "decnet.log", .stderr_level = Level::kCritical});
  testing::internal::CaptureStderr();
  info("cli", "one");
  info("cli", "two");
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("<132>1 "));
  EXPECT_THAT(told, HasSubstr("absent/decnet.log: No such file or directory"));
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1);

  std::filesystem::create_directory(directory_.path() / "absent");  // it is tried again
  info("cli", "three");
  EXPECT_THAT(read_file(directory_.path() / "absent" / "decnet.log").value(), HasSubstr("three"));
}

TEST_F(Log, ThreadsDoNotMix) {
  start_file();
  {
    std::vector<std::jthread> speakers;
    for (int thread = 0; thread < 4; ++thread) {
      speakers.emplace_back([] {
        for (int i = 0; i < 200; ++i) info("cli", std::string(300, 'z'));
      });
    }
  }
  std::istringstream lines(content());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_THAT(line, testing::EndsWith(" - " + std::string(300, 'z')));
  }
  EXPECT_EQ(count, 800);
}

TEST_F(Log, CaptureGetsEveryRecordInsteadOfTheSinks) {
  start_file();
  {
    const Capture capture;
    debug("cli", "whisper");
    warning("ttp.engine", "word");
    EXPECT_THAT(capture.records(), ElementsAre(Record{Level::kDebug, "cli", "whisper"},
                                               Record{Level::kWarning, "ttp.engine", "word"}));
  }
  EXPECT_FALSE(std::filesystem::exists(file()));
}

}  // namespace
}  // namespace decnet::log
