#include "decnet/matching/literals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace decnet::matching {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::size_t> found(const Literals& literals, std::string_view text) {
  std::vector<std::size_t> ids;
  literals.scan(text, ids);
  return ids;
}

TEST(Literals, AreFoundInsideEachOtherAndOverlapping) {
  const Literals literals(std::vector<Literals::Literal>{
      {"she", 0}, {"he", 1}, {"hers", 2}, {"his", 3}, {"e", 4}, {"ers x", 5}});
  EXPECT_THAT(found(literals, "ushers"), UnorderedElementsAre(0, 1, 2, 4));
  EXPECT_THAT(found(literals, "ushers x"), UnorderedElementsAre(0, 1, 2, 4, 5));
  EXPECT_THAT(found(literals, "hi s"), IsEmpty());
  EXPECT_THAT(found(literals, ""), IsEmpty());
}

TEST(Literals, AreReportedOnceByIdAndAfterWhatIsThere) {
  const Literals literals(
      std::vector<Literals::Literal>{{"a", 7}, {"b", 7}, {"b", 2}, {"b", 2}, {"c", 0}});
  EXPECT_THAT(found(literals, "abababab"), UnorderedElementsAre(7, 2));
  std::vector<std::size_t> ids = {7};
  literals.scan("b", ids);
  EXPECT_THAT(ids, UnorderedElementsAre(7, 7, 2));
}

TEST(Literals, IgnoreCaseAsEnginesDo) {
  const Literals literals(std::vector<Literals::Literal>{{"task", 0}, {"[", 1}});
  EXPECT_THAT(found(literals, "TaSK"), UnorderedElementsAre(0));
  EXPECT_THAT(found(literals, "ta\u017F\u212A"), UnorderedElementsAre(0));
  EXPECT_THAT(found(literals, "ta\u017Ek"), IsEmpty());
  EXPECT_THAT(found(literals, "{"), IsEmpty());  // 0x5B is [, 0x7B its distance to a small letter
  EXPECT_THAT(found(literals, std::string("\xE2\x84[\xC5", 4)), UnorderedElementsAre(1));
}

TEST(Literals, AskForWhatStandsBeside) {
  const Literals literals(std::vector<Literals::Literal>{{"sh", 0, kEdge, kEdge | kBlank},
                                                         {"sh", 1, kAnything, kWord},
                                                         {"sh", 2, kOther, kAnything},
                                                         {"h", 3, kWord, kEdge},
                                                         {"ash", 4}});
  EXPECT_THAT(found(literals, "sh"), UnorderedElementsAre(0, 3));
  EXPECT_THAT(found(literals, "sh\tx"), UnorderedElementsAre(0));
  EXPECT_THAT(found(literals, " sh"), UnorderedElementsAre(3));
  EXPECT_THAT(found(literals, "sh_"), UnorderedElementsAre(1));
  EXPECT_THAT(found(literals, "sh;"), IsEmpty());
  EXPECT_THAT(found(literals, "/sh;"), UnorderedElementsAre(2));
  EXPECT_THAT(found(literals, "bash"), UnorderedElementsAre(3, 4));
  EXPECT_THAT(found(literals, "sh; shs /sh sh"), UnorderedElementsAre(1, 2, 3));
}

TEST(Literals, TakeALetterBeyondAsciiForAWordOrNot) {
  const Literals literals(std::vector<Literals::Literal>{
      {"b", 0, kWord}, {"b", 1, kOther}, {"b", 2, kEdge | kBlank}, {"b", 3, kAnything, kWord}});
  EXPECT_THAT(found(literals,
                    "\xC3\xA9"
                    "b"),
              UnorderedElementsAre(0, 1));
  EXPECT_THAT(found(literals, "b\xC3\xA9"), UnorderedElementsAre(2, 3));
}

TEST(Literals, MeetAllSidesBehindALetterOfSeveralBytes) {
  const Literals literals(std::vector<Literals::Literal>{{"ks", 0, kEdge}, {"x", 1, kEdge}});
  EXPECT_THAT(found(literals, "\u212A\u017F x"), UnorderedElementsAre(0, 1));
  EXPECT_THAT(found(literals, "-ks x"), IsEmpty());
}

// (?i)xk\b asks for no letter behind; but behind a Kelvin sign \b asks for one.
TEST(Literals, MeetBothSidesWithALetterOfSeveralBytesAtTheirEnd) {
  const Literals literals(
      std::vector<Literals::Literal>{{"xk", 0, kEdge, kBlank}, {"ls", 1, kAnything, kEdge}});
  EXPECT_THAT(found(literals, "-x\u212Az l\u017Fx"), UnorderedElementsAre(0, 1));
  EXPECT_THAT(found(literals, "-xkz lsx"), IsEmpty());
}

TEST(Literals, MayBeAnyCharacterBeyondAscii) {
  const std::string any(Literals::kBeyondAscii);
  const Literals literals(std::vector<Literals::Literal>{{any, 0}, {"k", 1}, {any, 3}});
  EXPECT_THAT(found(literals, "caf\xC3\xA9 \xE2\x80\xAE"), UnorderedElementsAre(0, 3));
  EXPECT_THAT(found(literals, "\u212A"), UnorderedElementsAre(0, 1, 3));
  EXPECT_THAT(found(literals, "k\x7F"), UnorderedElementsAre(1));
  EXPECT_THAT(found(Literals(std::vector<Literals::Literal>{{any, 5}}), "\xF0\x9F\x98\x80"),
              UnorderedElementsAre(5));
}

TEST(Literals, HoldNulAndControlCharacters) {
  const Literals literals(std::vector<Literals::Literal>{{std::string("a\0b", 3), 0}, {"\n", 1}});
  EXPECT_THAT(found(literals, std::string("xa\0b\n", 5)), UnorderedElementsAre(0, 1));
  EXPECT_THAT(found(literals, std::string("a\0", 2)), IsEmpty());
}

TEST(Literals, OfNothingFindNothing) { EXPECT_THAT(found(Literals(), "abc"), IsEmpty()); }

TEST(LiteralsProperty, EqualSearchingOneByOne) {
  const auto letters = rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c', '-'));
  EXPECT_TRUE(rc::check([&] {
    const auto strings = *rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(letters));
    const auto text = *letters;
    std::vector<Literals::Literal> literals;
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < strings.size(); ++i) {
      literals.push_back({strings[i], i});
      if (text.find(strings[i]) != std::string::npos) expected.push_back(i);
    }
    auto ids = found(Literals(literals), text);
    std::sort(ids.begin(), ids.end());
    RC_ASSERT(ids == expected);
  }));
}

}  // namespace
}  // namespace decnet::matching
