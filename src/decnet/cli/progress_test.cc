#include "decnet/cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pseudo_terminal.h"

namespace decnet::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ProgressLine : public testing::Test {
 protected:
  Progress::Now clock() {
    return [this] { return now_; };
  }

  std::chrono::steady_clock::time_point now_{1h};
  test::PseudoTerminal screen_{100};
  Terminal terminal_{screen_.stream()};
};

TEST_F(ProgressLine, ShowsShareRateAndRest) {
  Progress progress(terminal_, "rows", clock());
  now_ += 10s;
  progress.update(25000, 100000, "3 tags");
  EXPECT_EQ(screen_.shown(),
            "\r\x1b[K 25 % ██████                   25,000 rows, 2,500/s, 0:30 left, 3 tags");
}

TEST_F(ProgressLine, WithoutATotalShowsTheRateAlone) {
  Progress progress(terminal_, "lines", clock());
  now_ += 2s;
  progress.update(1000, 0);
  EXPECT_EQ(screen_.shown(), "\r\x1b[K1,000 lines, 500/s");
}

TEST_F(ProgressLine, IsDrawnTenTimesASecondAtMost) {
  Progress progress(terminal_, "rows", clock());
  progress.update(1, 10);  // too early
  EXPECT_EQ(screen_.shown(), "");
  now_ += 100ms;
  progress.update(2, 10);
  EXPECT_THAT(screen_.shown(), HasSubstr("2 rows"));
  now_ += 99ms;
  progress.update(3, 10);
  EXPECT_EQ(screen_.shown(), "");
}

TEST_F(ProgressLine, IsErasedAtTheEndIfItWasThere) {
  {
    Progress progress(terminal_, "rows", clock());
    now_ += 1s;
    progress.update(1, 10);
    screen_.shown();
  }
  EXPECT_EQ(screen_.shown(), "\r\x1b[K");
  { const Progress unseen(terminal_, "rows", clock()); }
  EXPECT_EQ(screen_.shown(), "");
}

TEST_F(ProgressLine, NeverWrapsAndCarriesNoControlCharacters) {
  Progress progress(terminal_, "rows", clock());
  now_ += 1s;
  progress.update(1, 10, "\x1b[2J" + std::string(500, 'x'));
  const auto shown = screen_.shown();
  EXPECT_THAT(shown, HasSubstr("\\x1b[2Jxxx"));
  EXPECT_LT(shown.size(), 140U);
}

TEST(Progress, ShowsNothingWhereThereIsNoTerminal) {
  std::FILE* file = std::tmpfile();
  Terminal terminal(file);
  {
    auto now = std::chrono::steady_clock::time_point(1h);
    Progress progress(terminal, "rows", [&] { return now; });
    now += 1h;
    progress.update(1, 10);
  }
  std::fseek(file, 0, SEEK_END);
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace decnet::cli
