#include "decnet/cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sstream>

#include "decnet/cli/display_width.h"
#include "tests/pseudo_terminal.h"

namespace decnet::cli {
namespace {

// A stream that is no terminal.
class Plain {
 public:
  ~Plain() { std::fclose(stream_); }
  std::FILE* stream_ = std::tmpfile();
  Terminal terminal{stream_};
};

Table people() {
  Table table(
      {{.title = "name", .shrinks = true}, {.title = "tags", .align = Table::Align::kRight}});
  table.row({"\xC3\x89lodie", "1"});
  table.row({"Bob the Builder of Things", "12,345"});
  return table;
}

TEST(Table, LinesUpItsColumns) {
  const Plain plain;
  EXPECT_EQ(people().text(plain.terminal),
            "name                         tags\n"
            "\xC3\x89lodie                          1\n"
            "Bob the Builder of Things  12,345\n");
}

TEST(Table, GivesWayOnANarrowTerminal) {
  setenv("NO_COLOR", "1", 1);
  const test::PseudoTerminal narrow(20);
  EXPECT_EQ(people().text(Terminal(narrow.stream())),
            "name            tags\n"
            "\xC3\x89lodie             1\n"
            "Bob the Bui…  12,345\n");
  unsetenv("NO_COLOR");
}

TEST(Table, TheWidestColumnGivesWayFirst) {
  setenv("NO_COLOR", "1", 1);
  Table table({{.title = "a", .shrinks = true}, {.title = "b", .shrinks = true}});
  table.row({"twelve chars", "twenty characters in"});
  const test::PseudoTerminal narrow(26);
  EXPECT_EQ(table.text(Terminal(narrow.stream())), "a             b\ntwelve chars  twenty char…\n");
  const test::PseudoTerminal hopeless(5);  // as far as it goes
  EXPECT_EQ(table.text(Terminal(hopeless.stream())), "a         b\ntwelve …  twenty …\n");
  unsetenv("NO_COLOR");
}

TEST(Table, ColoursOnlyWhatIsWrittenAndOnlyOnATerminal) {
  setenv("TERM", "xterm", 1);
  Table table({{.title = "a"}, {.title = "b", .style = Style::kCyan}, {.title = "c"}});
  table.row({"x", "", "y"});
  table.row({"x", "z", ""});
  const test::PseudoTerminal wide(80);
  EXPECT_EQ(table.text(Terminal(wide.stream())),
            "\x1b[1ma\x1b[0m  \x1b[1mb\x1b[0m  \x1b[1mc\x1b[0m\nx     y\nx  \x1b[36mz\x1b[0m\n");
  const Plain plain;
  EXPECT_EQ(table.text(plain.terminal), "a  b  c\nx     y\nx  z\n");
}

TEST(TableProperty, EveryRowIsOneHarmlessLine) {
  const Plain plain;
  EXPECT_TRUE(rc::check([&](const std::vector<std::string>& cells) {
    Table table({{.title = "a"}, {.title = "b"}});
    for (const auto& cell : cells) table.row({cell, "end"});
    std::istringstream lines(table.text(plain.terminal));
    std::string first;
    std::getline(lines, first);
    std::size_t rows = 0;
    for (std::string line; std::getline(lines, line); ++rows) {
      RC_ASSERT(line.ends_with("  end"));
      RC_ASSERT(line.find('\x1b') == std::string::npos);
    }
    RC_ASSERT(rows == cells.size());
  }));
}

TEST(Bar, IsInEighthsAndNeverEmptyForSomething) {
  EXPECT_EQ(bar(0, 10, 4), "");
  EXPECT_EQ(bar(1, 1000000, 4), "▏");
  EXPECT_EQ(bar(5, 10, 4), "██");
  EXPECT_EQ(bar(9, 16, 2), "█▏");
  EXPECT_EQ(bar(10, 10, 4), "████");
  EXPECT_EQ(bar(20, 10, 4), "████");
  EXPECT_EQ(bar(1, 0, 4), "");
}

TEST(WithThousands, GroupsDigits) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(18446744073709551615U), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace decnet::cli
