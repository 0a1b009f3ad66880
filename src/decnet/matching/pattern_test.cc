#include "decnet/matching/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::matching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Outcome = Pattern::Outcome;

std::shared_ptr<const Pattern> pattern(const std::string& text) {
  auto compiled = Pattern::compile(text);
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *std::move(compiled);
}

struct Question {
  std::string name;
  std::string pattern;
  std::string text;
  Outcome outcome;
  Span where;
};

class Search : public testing::TestWithParam<Question> {};

TEST_P(Search, SaysWhetherAndWhere) {
  const Question& c = GetParam();
  const auto asked = pattern(c.pattern);
  const auto answer = asked->search(c.text);
  EXPECT_EQ(answer.outcome, c.outcome);
  EXPECT_EQ(answer.where, c.where);
}

INSTANTIATE_TEST_SUITE_P(Pattern, Search,
                         testing::ValuesIn(std::vector<Question>{
                             {"Found", "b+", "aabbb", Outcome::kFound, {2, 5}},
                             {"Absent", "b+", "aaa", Outcome::kAbsent, {}},
                             {"Empty", "a*", "", Outcome::kFound, {0, 0}},
                             {"LookAround", R"((?<=a)b(?!b))", "abbab", Outcome::kFound, {4, 5}},
                             {"LookAroundAbsent", R"((?<=a)b(?!b))", "abb", Outcome::kAbsent, {}},
                             {"OutOfBudget",
                              R"(find /(?=(?:\w+/?)+!).*y)",
                              "find /" + std::string(300, 'a') + "? y !",
                              Outcome::kExhausted,
                              {}},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(Pattern, KnowsWhatATextMustHave) {
  EXPECT_THAT(pattern("(?i)WGET")->needs(), ElementsAre(Need{{"wget"}}));
  EXPECT_THAT(pattern("find(?! x)")->needs(), ElementsAre(Need{{"find"}}));
  EXPECT_THAT(pattern("a*")->needs(), IsEmpty());
}

struct Refused {
  std::string name;
  std::string pattern;
  std::string reason;
};

class RefusedPattern : public testing::TestWithParam<Refused> {};

TEST_P(RefusedPattern, SaysWhy) {
  const auto pattern = Pattern::compile(GetParam().pattern);
  ASSERT_FALSE(pattern);
  EXPECT_THAT(pattern.error().message, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Pattern, RefusedPattern,
    testing::ValuesIn(std::vector<Refused>{
        {"Syntax", "a**", "**"},
        {"RepeatBeyondTheEngine", "a{1001}", "{1001}"},
        {"RepeatOfRepeats", "((a{100}){100}){100}", "repetition"},
        {"TooManyInstructions", R"([\w.-]{900}@[\w.-]{900}\.\pL{900})", "too large"},
        {"TooLong", std::string(Pattern::kMaxBytes + 1, 'a'), "too large"},
        {"UnknownUnicodeClass", R"(\p{Klingon})", "Klingon"},
        {"MissingGroup", R"((a)\2)", "non-existent"},
        {"LookBehindOfAnyLength", "(?<=a*)b", "fixed length"},
        {"TooLargeForBacktracking", "(?=(?:(?:ab){1000}){1000})b", "too large"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Pattern, EveryRefusalIsOneHarmlessLine) {
  for (const std::string pattern : {"(\x1b[31m\n**", "[[:\x1b:]]**", "(?P<\x1b>a)", "(?\x1b)"}) {
    const auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    const std::string& problem = compiled.error().message;
    EXPECT_EQ(problem.find_first_of("\x1b\n"), std::string::npos) << problem;
  }
}

}  // namespace
}  // namespace decnet::matching
