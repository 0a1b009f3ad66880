#include "decnet/cli/display_width.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

struct Case {
  std::string name;
  std::string text;
  std::size_t width;
};

class DisplayWidth : public testing::TestWithParam<Case> {};

TEST_P(DisplayWidth, CountsColumns) { EXPECT_EQ(display_width(GetParam().text), GetParam().width); }

INSTANTIATE_TEST_SUITE_P(, DisplayWidth,
                         testing::ValuesIn(std::vector<Case>{
                             {"Empty", "", 0},
                             {"Ascii", "abc", 3},
                             {"Accent", "\xC3\xA9", 1},
                             {"CombiningAccent", "e\xCC\x81", 1},
                             {"Ellipsis", "…", 1},
                             {"Block", "█▏", 2},
                             {"Han", "\xE6\xBC\xA2\xE5\xAD\x97", 4},
                             {"Emoji", "\xF0\x9F\x90\x8D", 2},
                         }),
                         [](const auto& c) { return c.param.name; });

TEST(Fitted, CutsWithAnEllipsis) {
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdef", 5), "abcd…");
  EXPECT_EQ(fitted("abcdef", 1), "…");
  EXPECT_EQ(fitted("abcdef", 0), "");
  EXPECT_EQ(fitted("\xE6\xBC\xA2\xE5\xAD\x97", 3), "\xE6\xBC\xA2…");
  EXPECT_EQ(fitted("\xE6\xBC\xA2\xE5\xAD\x97", 2), "…");
}

TEST(FittedProperty, FitsWhateverTheText) {
  EXPECT_TRUE(rc::check([](const std::string& bytes, std::uint8_t columns) {
    const auto text = printable(bytes);
    RC_ASSERT(display_width(fitted(text, columns)) <= columns);
    RC_ASSERT(is_valid_utf8(fitted(text, columns)));
  }));
}

}  // namespace
}  // namespace decnet::cli
