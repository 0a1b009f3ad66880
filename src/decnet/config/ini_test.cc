#include "decnet/config/ini.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet::config {
namespace {

std::string read(std::string_view text) {
  const auto entries = read_ini(text, "decnet.ini");
  if (!entries) return entries.error().message;
  std::string out;
  for (const auto& e : *entries) {
    out += e.section + "|" + e.key + "|" + e.value + "|" + std::to_string(e.line) + "\n";
  }
  return out;
}

struct Case {
  std::string name;
  std::string text;
  std::string expected;
};

class Ini : public testing::TestWithParam<Case> {};

TEST_P(Ini, Reads) { EXPECT_EQ(read(GetParam().text), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Files, Ini,
    testing::ValuesIn(std::vector<Case>{
        {"Empty", "", ""},
        {"Entry", "[decnet]\nmode = agent\n", "decnet|mode|agent|2\n"},
        {"NoFinalLineFeed", "[decnet]\nmode=agent", "decnet|mode|agent|2\n"},
        {"Windows", "\xEF\xBB\xBF[decnet]\r\nmode = agent\r\n", "decnet|mode|agent|2\n"},
        {"CaseOfNames", "[DecNet]\nLog-Directory = /Var\n", "decnet|log-directory|/Var|2\n"},
        {"Colon", "[a]\nk: v=w\n", "a|k|v=w|2\n"},
        {"ValueWithEquals", "[a]\nurl = mysql://h/d?a=b\n", "a|url|mysql://h/d?a=b|2\n"},
        {"Comments", "; x\n# y\n[a] ; z\nk = v # w\nl = a;b#c ; d\n", "a|k|v|4\na|l|a;b#c|5\n"},
        {"EmptyValue", "[a]\nk =\nl = ; nothing\n", "a|k||2\na|l||3\n"},
        {"SectionTwice", "[a]\nk = 1\n[b]\nk = 2\n[a]\nl = 3\n", "a|k|1|2\nb|k|2|4\na|l|3|6\n"},
    }),
    [](const auto& c) { return c.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Damage, Ini,
    testing::ValuesIn(std::vector<Case>{
        {"NoEquals", "[a]\nk v\n", "decnet.ini:2: neither a [section] nor a key = value"},
        {"NoKey", "[a]\n= v\n", "decnet.ini:2: neither a [section] nor a key = value"},
        {"NoSection", "\nk = v\n", "decnet.ini:2: an entry before the first [section]"},
        {"OpenSection", "[a\n", "decnet.ini:1: a section name ends with ]"},
        {"KeyTwice", "[a]\nk = 1\n\nK = 2\n",
         "decnet.ini:4: [a] k is given twice, first in line 2"},
    }),
    [](const auto& c) { return c.param.name; });

TEST(IniProperty, NoBytesBreakIt) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    for (const auto& text : {bytes, "[a]\n" + bytes, "[" + bytes + "]\nk=" + bytes}) {
      const auto entries = read_ini(text, "x.ini");
      if (!entries) RC_ASSERT(entries.error().message.starts_with("x.ini:"));
    }
  }));
}

}  // namespace
}  // namespace decnet::config
