#include "decnet/cli/terminal.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/pseudo_terminal.h"

namespace decnet::cli {
namespace {

TEST(Terminal, ShowsColoursUnlessToldNotTo) {
  const test::PseudoTerminal screen(72);
  setenv("TERM", "xterm", 1);
  EXPECT_EQ(Terminal(screen.stream()).styled(Style::kRed, "no"), "\x1b[31mno\x1b[0m");
  EXPECT_EQ(Terminal(screen.stream()).width(), 72U);

  setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(Terminal(screen.stream()).styled(Style::kRed, "no"), "no");
  setenv("NO_COLOR", "", 1);  // empty is unset
  EXPECT_EQ(Terminal(screen.stream()).styled(Style::kRed, "no"), "\x1b[31mno\x1b[0m");
  unsetenv("NO_COLOR");
  setenv("TERM", "dumb", 1);
  EXPECT_EQ(Terminal(screen.stream()).styled(Style::kRed, "no"), "no");
  setenv("TERM", "xterm", 1);
}

TEST(Terminal, AFileHasNoColoursAndNoWidth) {
  std::FILE* file = std::tmpfile();
  const Terminal terminal(file);
  EXPECT_FALSE(terminal.is_terminal());
  EXPECT_EQ(terminal.width(), 0U);
  EXPECT_EQ(terminal.styled(Style::kRed, "no"), "no");
  std::fclose(file);
}

TEST(Terminal, JsonSteersNoTerminalAndStaysTheSameJson) {
  test::PseudoTerminal screen(80);
  Terminal terminal(screen.stream());
  terminal.json_line(
      "{\"a\\n\":\"\xC2\x9B"
      "2J \xE2\x80\xAE \x7F \xC3\xA9\"}");
  EXPECT_EQ(screen.shown(), "{\"a\\n\":\"\\u009b2J \\u202e \\u007f \xC3\xA9\"}\r\n");
}

TEST(Terminal, ALostWriteIsAnErrorAtTheEnd) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Terminal terminal(full);
  terminal.line("lost");
  EXPECT_EQ(terminal.flush().error().message, "cannot write the output: No space left on device");
  std::fclose(full);
}

}  // namespace
}  // namespace decnet::cli
