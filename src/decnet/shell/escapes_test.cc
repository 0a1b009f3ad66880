#include "decnet/shell/escapes.h"

#include <gtest/gtest.h>

namespace decnet::shell {
namespace {

using Style = EscapeStyle;

struct Case {
  std::string name;
  Style style;
  std::string text;
  std::string bytes;
  bool coded = false;
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.text; }

class Escapes : public testing::TestWithParam<Case> {};

TEST_P(Escapes, AreRead) {
  const auto& row = GetParam();
  const Unescaped result = unescape(row.text, row.style);
  EXPECT_EQ(result.text, row.bytes);
  EXPECT_EQ(result.coded, row.coded);
}

INSTANTIATE_TEST_SUITE_P(
    Tables, Escapes,
    testing::ValuesIn(std::vector<Case>{
        {"Plain", Style::kEcho, "wget", "wget"},
        {"Letters", Style::kEcho, R"(a\n\t\\b)", "a\n\t\\b"},
        {"Hex", Style::kEcho, R"(\x77\x67et)", "wget", true},
        {"HexOfOneDigit", Style::kEcho, R"(\x7g)", "\x07g", true},
        {"HexOfNothing", Style::kEcho, R"(\xg)", R"(\xg)"},
        {"EchoOctal", Style::kEcho, R"(\0167\0147)", "wg", true},
        {"BusyboxOctal", Style::kEcho, R"(\167\147)", "wg", true},
        {"PrintfOctal", Style::kPrintf, R"(\1671)", "w1", true},
        {"PrintfZero", Style::kPrintf, R"(\0167)", std::string("\016") + "7", true},
        {"EchoStops", Style::kEcho, R"(ab\cde)", "ab"},
        {"AnsiControl", Style::kAnsiQuotes, R"(\cA)", "\x01", true},
        {"AnsiUnicode", Style::kAnsiQuotes, R"(\u0077\U00000067\u20ac)", "wg\u20ac", true},
        {"AnsiQuotes", Style::kAnsiQuotes, R"(\'\"\?)", "'\"?"},
        {"EchoKeepsQuotes", Style::kEcho, R"(\')", R"(\')"},
        {"Unknown", Style::kEcho, R"(\q)", R"(\q)"},
        {"LastBackslash", Style::kEcho, R"(a\)", R"(a\)"},
        {"ProgramBraces", Style::kProgram, R"(\u{77}get)", "wget", true},
        {"ProgramLine", Style::kProgram, "a\\\nb", "ab"},
        {"BeyondUnicode", Style::kAnsiQuotes, R"(\UFFFFFFFF!)", "!", true},
    }),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet::shell
