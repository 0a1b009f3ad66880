#include "decnet/matching/re2_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::matching {
namespace {

using testing::ElementsAreArray;

struct Case {
  std::string name;
  std::string pattern;
  std::vector<std::string> witnesses;
};

class Witnesses : public testing::TestWithParam<Case> {};

TEST_P(Witnesses, AreTheMostTellingOnes) {
  const auto search = Re2Search::compile(GetParam().pattern);
  ASSERT_TRUE(search) << search.error().message;
  EXPECT_THAT(search->witnesses(), ElementsAreArray(GetParam().witnesses));
}

INSTANTIATE_TEST_SUITE_P(Re2Search, Witnesses,
                         testing::ValuesIn(std::vector<Case>{
                             {"Word", R"(\bnmap\b)", {"nmap"}},
                             {"Either", "(?:wget|curl) x", {"curl x", "wget x"}},
                             {"LongestOfBoth", "cat.*/etc/passwd", {"/etc/passwd"}},
                             {"InLowerCase", "(?i)SELECT", {"select"}},
                             {"CaseSensitiveToo", "SELECT", {"select"}},
                             {"OneInAnother", "nc|ncat", {"nc"}},
                             {"Optional", "(?:sudo )?id", {"id"}},
                             {"AsciiPart", "caf\xC3\xA9s", {"caf"}},
                             {"KelvinSign",
                              "\xE2\x84\xAA"
                              "elvin",
                              {"kelvin"}},
                             {"NotAscii", "\xC3\xA9", {}},
                             {"NothingNeeded", "a*", {}},
                             {"OneBranchNeedsNothing", "abc|.", {}},
                             {"SmallClass", "[ab]c", {"ac", "bc"}},
                             {"LargeClass", "[a-z]{3}", {}},
                             {"Long", std::string(40, 'a'), {std::string(32, 'a')}},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(Re2Search, FindsTheLeftmostMatch) {
  const auto search = Re2Search::compile("b+?c|b+");
  ASSERT_TRUE(search);
  EXPECT_EQ(search->find("abbcbb"), (Span{1, 4}));
  EXPECT_EQ(search->find("aaa"), std::nullopt);
  EXPECT_TRUE(search->matches("b"));
  EXPECT_FALSE(search->matches(""));
}

TEST(Re2Search, FindsEmptyMatches) {
  const auto search = Re2Search::compile("x*");
  ASSERT_TRUE(search);
  EXPECT_EQ(search->find(""), (Span{0, 0}));
  EXPECT_EQ(search->find("ax"), (Span{0, 0}));
}

}  // namespace
}  // namespace decnet::matching
