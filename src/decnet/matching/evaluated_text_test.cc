#include "decnet/matching/evaluated_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/base/utf8.h"

namespace decnet::matching {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

struct Case {
  std::string name;
  std::string text;
  std::string evaluated;
  bool copied;
};

class EvaluatedTextTable : public testing::TestWithParam<Case> {};

TEST_P(EvaluatedTextTable, IsWhatPatternsSee) {
  EvaluatedText out;
  out.storage = "of the text before";
  evaluated_text(GetParam().text, out);
  EXPECT_EQ(out.text, GetParam().evaluated);
  EXPECT_FALSE(out.truncated);
  EXPECT_EQ(out.text.data() == out.storage.data(), GetParam().copied);
}

INSTANTIATE_TEST_SUITE_P(
    EvaluatedText, EvaluatedTextTable,
    testing::ValuesIn(std::vector<Case>{
        {"Plain", "cat /etc/passwd", "cat /etc/passwd", false},
        {"FinalLineFeed", "id\n", "id", false},
        {"OnlyTheLastLineFeed", "id\n\n", "id\n", false},
        {"CarriageReturnStays", "id\r\n", "id\r", false},
        {"LineFeedAlone", "\n", "", false},
        {"NulSurvives", std::string("a\0b\0", 4), std::string("a\0b\0", 4), false},
        {"NulBesideBadBytes", std::string("\0\xFF\0", 3), '\0' + kBad + '\0', true},
        {"Utf8Stays", "caf\xC3\xA9 na\xC3\xAFve \xF0\x9F\x90\x8D",
         "caf\xC3\xA9 na\xC3\xAFve \xF0\x9F\x90\x8D", false},
        {"BadByteLate", "sixteen bytes ok\xC3", "sixteen bytes ok" + kBad, true},
        {"CutOffSequence", "a\xE2\x82\n", "a" + kBad, true},
    }),
    [](const auto& row) { return row.param.name; });

TEST(EvaluatedText, EmptyIsEmpty) {
  EvaluatedText out;
  evaluated_text({}, out);
  EXPECT_TRUE(out.text.empty());
}

TEST(EvaluatedText, ExactlyTheLimitIsWhole) {
  const std::string text = std::string(kMaxEvaluatedBytes, 'a') + "\n";
  EvaluatedText out;
  evaluated_text(text, out);
  EXPECT_EQ(out.text.size(), kMaxEvaluatedBytes);
  EXPECT_EQ(out.text.data(), text.data());
  EXPECT_FALSE(out.truncated);
}

TEST(EvaluatedText, LongerIsHeadAndTail) {
  const std::string head(kHeadBytes, 'h');
  const std::string tail(kMaxEvaluatedBytes - kHeadBytes, 't');
  const std::string text = head + std::string(1 << 20, 'm') + tail;
  EvaluatedText out;
  evaluated_text(text, out);
  EXPECT_TRUE(out.truncated);
  EXPECT_EQ(out.text, head + '\n' + tail);
}

TEST(EvaluatedText, CutsBetweenCharacters) {
  std::string text = "a";
  while (text.size() <= 2 * kMaxEvaluatedBytes) text += "\xE2\x82\xAC";
  EvaluatedText out;
  evaluated_text(text, out);
  EXPECT_TRUE(out.truncated);
  EXPECT_EQ(out.text.find(kBad), std::string_view::npos);
  EXPECT_LE(out.text.size(), kMaxEvaluatedBytes + 1);
}

TEST(EvaluatedTextProperty, IsValidBoundedAndTheTextItselfWhereItCanBe) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    EvaluatedText out;
    evaluated_text(bytes, out);
    RC_ASSERT(is_valid_utf8(out.text));
    std::string expected = to_valid_utf8(bytes);
    if (expected.ends_with('\n')) expected.pop_back();
    RC_ASSERT(out.text == expected);
    if (is_valid_utf8(bytes)) RC_ASSERT(out.text.data() == bytes.data());
  }));
}

}  // namespace
}  // namespace decnet::matching
