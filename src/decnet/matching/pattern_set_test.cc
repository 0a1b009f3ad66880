#include "decnet/matching/pattern_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace decnet::matching {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PatternSet set_of(const std::vector<std::string>& patterns) {
  auto set = PatternSet::compile(patterns);
  EXPECT_TRUE(set) << set.error().message;
  return *std::move(set);
}

std::vector<std::size_t> matched(const PatternSet& set, std::string_view text) {
  Scan scan;
  set.scan(text, scan);
  EXPECT_THAT(scan.exhausted, IsEmpty());
  return scan.matched;
}

TEST(PatternSet, ReportsEveryPatternOnceInOrder) {
  const PatternSet set = set_of({"b+", "(?i)A", "c$", "^b", "zzz"});
  EXPECT_THAT(matched(set, "abbabc"), ElementsAre(0, 1, 2));
  EXPECT_THAT(matched(set, "bA"), ElementsAre(0, 1, 3));
  EXPECT_THAT(matched(set, ""), IsEmpty());
  EXPECT_EQ(set.size(), 5);
}

TEST(PatternSet, OfNothingMatchesNothing) {
  const PatternSet set;
  EXPECT_THAT(matched(set, "anything"), IsEmpty());
  EXPECT_EQ(set.size(), 0);
}

TEST(PatternSet, SaysWhere) {
  const PatternSet set = set_of({"b+", "c", R"((?<=a)b(?!b))"});
  Scan scan;
  set.scan("abbab", scan);
  EXPECT_THAT(scan.matched, ElementsAre(0, 2));
  EXPECT_THAT(scan.places, ElementsAre(Span{1, 3}, Span{4, 5}));
  set.scan("aaa", scan);
  EXPECT_THAT(scan.places, IsEmpty());
}

TEST(PatternSet, PassesOverWhatItIsTold) {
  const PatternSet set = set_of({"a", "b", "c?"});
  Scan scan;
  scan.passed_over = {true};  // shorter than the set: the others are looked for
  set.scan("ab", scan);
  EXPECT_THAT(scan.matched, ElementsAre(1, 2));
  EXPECT_THAT(scan.places, ElementsAre(Span{1, 2}, Span{0, 0}));
  scan.passed_over = {false, false, true};
  set.scan("ab", scan);
  EXPECT_THAT(scan.matched, ElementsAre(0, 1));
}

// (?i) takes U+212A for a k and U+017F for an s, and \b takes neither for a letter.
TEST(PatternSet, SearchesWhereALetterOfSeveralBytesEndsAWord) {
  const std::vector<std::string> patterns = {R"((?i)xk\b)", R"((?i)ls\b)", R"((?i)\bkx)"};
  const PatternSet set = set_of(patterns);
  for (const std::string text :
       {"x\u212Az", "x\u212A", "l\u017Fx", "l\u017F ", "a\u212Ax", "xk", "lsx"}) {
    std::vector<std::size_t> alone;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const auto answer = (*Pattern::compile(patterns[i]))->search(text);
      if (answer.outcome == Pattern::Outcome::kFound) alone.push_back(i);
    }
    EXPECT_EQ(matched(set, text), alone) << text;
  }
  EXPECT_THAT(matched(set, "x\u212Az"), ElementsAre(0));
}

TEST(PatternSet, NamesTheFirstBadPattern) {
  const auto set = PatternSet::compile(std::vector<std::string>{"a", "(b", "(c"});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(set.error().message, "pattern 1: missing ) at offset 0");
}

TEST(PatternSet, SetsShareTheirPatterns) {
  const auto ls = *Pattern::compile("ls");
  const auto id = *Pattern::compile("i(?=d)");
  const PatternSet both({ls, id});
  {
    const PatternSet turned({id, ls, ls});
    EXPECT_THAT(matched(turned, "ls; id"), ElementsAre(0, 1, 2));
    EXPECT_EQ(turned.patterns()[1], both.patterns()[0]);
  }
  EXPECT_THAT(matched(both, "ls; id"), ElementsAre(0, 1));
}

TEST(PatternSet, AnswersThreadsAsItAnswersOne) {
  const PatternSet set = set_of({"(?i)task", "a.*b.*c", "(?<=a)b+(?!c)", R"(\d{2,4}x)", "[ab]*$"});
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    texts.push_back(std::to_string(i * i) + "x abab ta" + std::string(1 + i % 3, 'c') + "sk bb");
  }
  std::vector<std::vector<std::size_t>> expected;
  for (const std::string& text : texts) expected.push_back(matched(set, text));

  const PatternSet fresh =
      set_of({"(?i)task", "a.*b.*c", "(?<=a)b+(?!c)", R"(\d{2,4}x)", "[ab]*$"});
  std::vector<std::vector<std::vector<std::size_t>>> found(4);
  std::vector<std::thread> threads;
  for (auto& mine : found) {
    threads.emplace_back([&fresh, &texts, &mine] {
      Scan scan;
      for (const std::string& text : texts) {
        fresh.scan(text, scan);
        mine.push_back(scan.matched);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : found) EXPECT_EQ(mine, expected);
}

}  // namespace
}  // namespace decnet::matching
