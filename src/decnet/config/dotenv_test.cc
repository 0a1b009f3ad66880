#include "decnet/config/dotenv.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet::config {
namespace {

std::string read(std::string_view text) {
  const auto file = read_dotenv(text);
  std::string out;
  for (const auto& e : file.entries) {
    out += std::to_string(e.line) + "|" + e.name + "|" + e.value + "\n";
  }
  for (const auto& p : file.problems) out += std::to_string(p.line) + ": " + p.message + "\n";
  return out;
}

struct Case {
  std::string name;
  std::string text;
  std::string expected;
};

class DotenvFile : public testing::TestWithParam<Case> {};

TEST_P(DotenvFile, Reads) { EXPECT_EQ(read(GetParam().text), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Lines, DotenvFile,
    testing::ValuesIn(std::vector<Case>{
        {"Empty", "", ""},
        {"Plain", "A=b\n", "1|A|b\n"},
        {"Blanks", "  A = b c \n", "1|A|b c\n"},
        {"Export", "export A=b\n", "1|A|b\n"},
        {"Windows",
         "\xEF\xBB\xBF"
         "A=b\r\n",
         "1|A|b\n"},
        {"Comments", "# x\nA=b # c\nB=b#c\nC= # c\n", "2|A|b\n3|B|b#c\n4|C|\n"},
        {"SingleQuotes", R"(A='b # "c" \n' # d)", "1|A|b # \"c\" \\n\n"},
        {"DoubleQuotes", R"(A="b\t\"c\" \\ \x #")", "1|A|b\t\"c\" \\ \\x #\n"},
        {"NothingIsExpanded", "A=${B}/c\n", "1|A|${B}/c\n"},
        {"LastOneToo", "A=1\nA=2", "1|A|1\n2|A|2\n"},
        {"NoEquals", "A\nB=c\n", "2|B|c\n1: not a NAME=value line\n"},
        {"BadName", "1A=b\nA-B=c\n=d\n",
         "1: not a NAME=value line\n2: not a NAME=value line\n3: not a NAME=value line\n"},
        {"OpenQuote", "A='b\nB=\"c\\\"\n",
         "1: the quote is not closed, or followed by more\n"
         "2: the quote is not closed, or followed by more\n"},
        {"AfterTheQuote", "A='b'c\n", "1: the quote is not closed, or followed by more\n"},
    }),
    [](const auto& c) { return c.param.name; });

TEST(DotenvProperty, NoBytesBreakItAndEveryLineIsReadOrNamed) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    for (const auto& text : {bytes, "A=" + bytes, "A=\"" + bytes + "\"", "A='" + bytes + "'"}) {
      const auto file = read_dotenv(text);
      for (const auto& entry : file.entries) RC_ASSERT(!entry.name.empty());
      for (const auto& problem : file.problems) RC_ASSERT(problem.line > 0);
    }
  }));
}

TEST(DotenvProperty, AQuotedValueComesBack) {
  EXPECT_TRUE(rc::check([](const std::string& value) {
    std::string line = "A=\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') line += '\\';
      if (c == '\n') {
        line += "\\n";
      } else {
        line += c;
      }
    }
    const auto file = read_dotenv(line + "\"\n");
    RC_ASSERT(file.entries.size() == 1U);
    RC_ASSERT(file.entries[0].value == value);
  }));
}

}  // namespace
}  // namespace decnet::config
