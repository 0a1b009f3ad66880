#include "decnet/matching/needs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/matching/expression.h"

namespace decnet::matching {
namespace {

using testing::ElementsAreArray;

std::string side(Beside set) {
  if (set == kAnything) return "";
  std::string text = "<";
  if ((set & kEdge) != 0) text += 'e';
  if ((set & kBlank) != 0) text += 'b';
  if ((set & kWord) != 0) text += 'w';
  if ((set & kOther) != 0) text += 'o';
  return text + ">";
}

// "<e>sh<eb>|ls": sh with the edge before it and the edge or a blank behind it, or ls anywhere.
std::string written(const Need& need) {
  std::string text;
  for (const Witness& witness : need) {
    if (!text.empty()) text += '|';
    text += side(witness.before) + witness.text + side(witness.after);
  }
  return text;
}

struct Case {
  std::string name;
  std::string pattern;
  std::vector<std::string> needs;
};

class Needs : public testing::TestWithParam<Case> {};

TEST_P(Needs, AreTheMostTellingOnes) {
  const auto expression = read_expression(GetParam().pattern);
  ASSERT_TRUE(expression) << expression.error().message;
  std::vector<std::string> needs;
  for (const Need& need : needs_of(expression->witness)) needs.push_back(written(need));
  EXPECT_THAT(needs, ElementsAreArray(GetParam().needs));
}

INSTANTIATE_TEST_SUITE_P(
    Strings, Needs,
    testing::ValuesIn(std::vector<Case>{
        {"Word", "nmap", {"nmap"}},
        {"Either", "(?:wget|curl) x", {"curl x|wget x"}},
        {"BothAndTheRarerFirst", "wget.*/etc/passwd", {"<bwo>/etc/pas", "wget<bwo>"}},
        {"AtMostThree",
         "abcd.efghi.klmnop.qrstuvw",
         {"<bwo>qrstuvw", "<bwo>klmnop<bwo>", "<bwo>efghi<bwo>"}},
        {"WhatMostTextsHaveIsNoFurtherNeed", "cat.-x", {"cat<bwo>"}},
        {"ButTheOnlyOneIfThereIsNoOther", "[^a]-", {"<bwo>-"}},
        {"OfBranches",
         "(?:abcd.efghi|klmn.*opqrs.*tuvwx)k?.z",
         {"<bwo>efghi<bwo>|<bwo>opqrs<bwo>", "abcd<bwo>|<bwo>tuvwx<bwo>", "abcd<bwo>|klmn<bwo>"}},
        {"InLowerCase", "(?i)SELECT", {"select"}},
        {"CaseSensitiveToo", "SELECT", {"select"}},
        {"OneInAnother", "nc|ncat", {"nc"}},
        {"Optional", "(?:sudo )?id", {"id"}},
        {"AroundWhatIsNotAscii", "caf\xC3\xA9s", {"caf<wo>"}},
        {"NotAscii", "\xC3\xA9", {"\x80"}},
        {"ClassBeyondAscii", R"(a*[\x{200b}-\x{200f}\x{e0100}])", {"\x80"}},
        {"ClassPartlyBeyondAscii", R"([b\x{200b}])", {}},
        {"BeyondAsciiOrElse", "\xE2\x80\xAE|abc", {"abc|\x80"}},
        {"NegatedClassBeyondAscii", R"([^\x00-\x7f])", {"\x80"}},
        {"NegatedClassWithoutK", R"([^\x{212a}\x00-jl-\x7f])", {}},
        {"NegatedClassOfAllButS", R"([^\x00-rt-\x{10ffff}])", {}},
        {"KelvinSignIsK", "\xE2\x84\xAA", {}},
        {"LongSIsS", R"((?i)[\x{17e}-\x{180}])", {}},
        {"NothingNeeded", "a*", {}},
        {"OneBranchNeedsNothing", "abc|.", {}},
        {"SmallClass", "[ab]c", {"ac|bc"}},
        {"LargeClass", "[a-z]{3}", {}},
        {"Escaped", R"(\.\x2f\x{2f}\t)", {".//\t"}},
        {"Long", std::string(40, 'a'), {std::string(8, 'a')}},
        {"WithoutLookAround", "(?<=a)b(?=c)", {"b"}},
        {"Group", "(?P<g>ab)(?i:C)(d)", {"abcd"}},
        {"VagueClass", R"([[:alpha:]][\pL]x[^\D]y)", {"<bwo>x<wo>"}},
        {"ThousandsOfStrings",
         "[ab][ab][ab][ab][ab][ab]",
         {"aaaaa<w>|aaaab<w>|aaaba<w>|aaabb<w>|"
          "aabaa<w>|aabab<w>|aabba<w>|aabbb<w>|"
          "abaaa<w>|abaab<w>|ababa<w>|ababb<w>|"
          "abbaa<w>|abbab<w>|abbba<w>|abbbb<w>|"
          "baaaa<w>|baaab<w>|baaba<w>|baabb<w>|"
          "babaa<w>|babab<w>|babba<w>|babbb<w>|"
          "bbaaa<w>|bbaab<w>|bbaba<w>|bbabb<w>|"
          "bbbaa<w>|bbbab<w>|bbbba<w>|bbbbb<w>"}},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Sides, Needs,
    testing::ValuesIn(std::vector<Case>{
        {"WholeText", "^id$", {"<e>id<e>"}},
        {"NameOfACommand", R"(^(?:ba|da)?sh\s)", {"<e>bash<b>|<e>dash<b>|<e>sh<b>"}},
        {"BehindAPath", R"(^(?:\S*/)?nc\b)", {"<eo>nc<ebo>"}},
        {"WordOrEnd", R"(\bw(?:\s|$))", {"<ebo>w<eb>"}},
        {"BoundaryOfABlank", R"(\b x)", {"<w> x"}},
        {"BoundaryInside", R"(ab\b/c)", {"ab<o>"}},
        {"BehindABlankOrTheEdge", R"((?:^|\s)/tmp)", {"<eb>/tmp"}},
        {"AroundARepeat", R"((?:\s+ab)+;)", {"<b>ab<bwo>"}},
        {"ARepeatItself", "^(?:ab)+c", {"<ew>ab<w>"}},
        {"OfLinesSayNothing", "(?m)^a$", {"a"}},
        {"EndWhateverTheFlags", R"((?m)a\Z)", {"a"}},
        {"CutOffNothingIsKnown", "^" + std::string(9, 'a') + "$", {"<e>" + std::string(8, 'a')}},
        {"NegatedClass", R"(a[^\w\s]b)", {"a<wo>"}},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Needs, OfDeepExpressionsAreFoundInTime) {
  std::string pattern(400, 'a');
  for (int i = 0; i < 190; ++i) pattern = "(?:" + pattern + "b|c)+";
  EXPECT_EQ(needs_of(pattern).size(), 1U);
}

TEST(Needs, OfWhatIsNotUnderstoodAreNone) {
  for (const char* text : {"(a", "a)", "[a", "\\", "\\q", "(?x", "\\x{41", "a|)"}) {
    EXPECT_TRUE(needs_of(text).empty()) << text;
  }
}

}  // namespace
}  // namespace decnet::matching
