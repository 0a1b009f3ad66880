#include "decnet/matching/pcre2_search.h"

#include <gtest/gtest.h>

namespace decnet::matching {
namespace {

using Outcome = Pcre2Search::Outcome;

Pcre2Search search_for(const std::string& pattern) {
  auto search = Pcre2Search::compile(pattern);
  EXPECT_TRUE(search) << search.error().message;
  return *std::move(search);
}

Outcome outcome(const std::string& pattern, std::string_view text) {
  return search_for(pattern).search(text).outcome;
}

TEST(Pcre2Search, FindsAndSaysWhere) {
  const auto answer = search_for("(?<=a)b(?!b)").search("abbab");
  EXPECT_EQ(answer.outcome, Outcome::kFound);
  EXPECT_EQ(answer.where, (Span{4, 5}));
  EXPECT_EQ(outcome("(?<=a)b(?!b)", "abb"), Outcome::kAbsent);
  EXPECT_EQ(outcome("(?=a)", ""), Outcome::kAbsent);
  EXPECT_EQ(outcome("(?!a)", ""), Outcome::kFound);
}

TEST(Pcre2Search, SeesMatchesOfUpToHalfAWindowAnywhere) {
  const std::string needle = "<" + std::string(Pcre2Search::kWindowBytes / 2 - 2, 'x') + ">";
  const auto search = search_for("<(x+)>(?!<)");
  for (std::size_t before = 0; before < 3 * Pcre2Search::kWindowBytes; before += 509) {
    const std::string text = std::string(before, '.') + needle + std::string(9000, '.');
    const auto answer = search.search(text);
    ASSERT_EQ(answer.outcome, Outcome::kFound) << before;
    ASSERT_EQ(answer.where, (Span{before, before + needle.size()}));
  }
}

TEST(Pcre2Search, DoesNotSeeMatchesLongerThanAWindow) {
  const std::string text =
      "<" + std::string(Pcre2Search::kWindowBytes, 'x') + ">" + std::string(9000, '.');
  EXPECT_EQ(outcome("<(x+)>(?!<)", text), Outcome::kAbsent);
}

TEST(Pcre2Search, KnowsTheEndsOfTheTextFromThoseOfAWindow) {
  const std::string text(3 * Pcre2Search::kWindowBytes, 'a');
  EXPECT_EQ(outcome("(?!b)^b|c$", text), Outcome::kAbsent);
  EXPECT_EQ(search_for("(?=a)^a").search(text).where, (Span{0, 1}));
  EXPECT_EQ(search_for("(?=a)a$").search(text).where, (Span{text.size() - 1, text.size()}));
  EXPECT_EQ(outcome("(?!^)\\ba", text), Outcome::kAbsent);  // no boundary where a window begins
}

TEST(Pcre2Search, CutsWindowsBetweenCharacters) {
  std::string text = ".";
  while (text.size() < 3 * Pcre2Search::kWindowBytes) text += "\xE2\x82\xAC";
  EXPECT_EQ(outcome("(?!\xE2\x82\xAC)[^.]", text), Outcome::kAbsent);
  text += "!";
  EXPECT_EQ(search_for("(?=!).").search(text).where, (Span{text.size() - 1, text.size()}));
}

TEST(Pcre2Search, HoldsNul) {
  const std::string text("a\0b", 3);
  EXPECT_EQ(search_for("(?<=\\x{0})b").search(text).where, (Span{2, 3}));
}

// The last character of each pattern is in its text: PCRE2 looks for that first.
const std::string kManyX(3000, 'x');
const std::string kManyAbc = [] {
  std::string text;
  while (text.size() < 3000) text += "abc";
  return text;
}();

struct Explosive {
  std::string name;
  std::string pattern;
  std::string text;
};

class ExplosivePattern : public testing::TestWithParam<Explosive> {};

TEST_P(ExplosivePattern, ExhaustsItsBudget) {
  EXPECT_EQ(outcome(GetParam().pattern, GetParam().text), Outcome::kExhausted);
}

INSTANTIATE_TEST_SUITE_P(Pcre2Search, ExplosivePattern,
                         testing::ValuesIn(std::vector<Explosive>{
                             {"NestedRepeats", "(?=x)(x+x+)+y", kManyX + " y"},
                             {"ManyGaps", "(?!y)a.*b.*c.*d", kManyAbc + "\nd"},
                             {"BackReferences", "(x*)(x*)\\g{1}\\g{2}y", kManyX + " y"},
                             {"LookAheadInALoop", "(?:(?=(x*))\\g{1}?x)*y", kManyX + " y"},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(Pcre2Search, CountsBytesMovedOverAsSteps) {
  // One item per position, each running to the end of the text: few items, many bytes.
  const auto search = search_for("(?=.*!)x");
  const std::string text(2000, 'x');
  EXPECT_EQ(search.search(text, 1'000'000'000).outcome, Outcome::kAbsent);
  EXPECT_EQ(search.search(text, text.size() * 20).outcome, Outcome::kExhausted);
}

TEST(Pcre2Search, SaysWhatIsWrong) {
  const auto search = Pcre2Search::compile("(?<=a*)b");
  ASSERT_FALSE(search);
  EXPECT_EQ(search.error().message, "lookbehind assertion is not fixed length");
}

}  // namespace
}  // namespace decnet::matching
