#include "decnet/base/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet {
namespace {

const std::string kBad = "\xEF\xBF\xBD";

TEST(ToValidUtf8, ReplacesMaximalSubparts) {
  EXPECT_EQ(to_valid_utf8("plain \xC3\xA9 \xF0\x9F\x90\x8D"), "plain \xC3\xA9 \xF0\x9F\x90\x8D");
  EXPECT_EQ(to_valid_utf8("a\xFFz"), "a" + kBad + "z");
  EXPECT_EQ(to_valid_utf8("\xE2\x82"), kBad);                    // cut off: one replacement
  EXPECT_EQ(to_valid_utf8("\xC0\xAF"), kBad + kBad);             // overlong
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), kBad + kBad + kBad);  // surrogate
  EXPECT_EQ(to_valid_utf8(std::string("a\0b", 3)), std::string("a\0b", 3));
}

TEST(TakeCodePoint, WalksThroughAnyBytes) {
  std::string_view text = "a\xC3\xA9\xE2\x82\xF0\x9F\x90\x8D\xFF";
  std::u32string walked;
  while (!text.empty()) walked += take_code_point(text);
  EXPECT_EQ(walked, U"a\u00E9\uFFFD\U0001F40D\uFFFD");
}

TEST(Utf8Cuts, KeepCharactersWhole) {
  const std::string text = "a\xC3\xA9\xC3\xA9";
  EXPECT_EQ(utf8_prefix(text, 2), "a");
  EXPECT_EQ(utf8_prefix(text, 3), "a\xC3\xA9");
  EXPECT_EQ(utf8_suffix(text, 3), "\xC3\xA9");
  EXPECT_EQ(utf8_suffix(text, 99), text);
}

TEST(Printable, DisarmsTerminalsAndLogs) {
  EXPECT_EQ(printable("a\nb\x1b[31m\tc"), "a\\nb\\x1b[31m\\tc");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\x9b31m");                              // C1 control sequence introducer
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\u{202e}");  // right-to-left override
  EXPECT_EQ(printable("\xFF"), kBad);
}

TEST(Utf8Property, TheResultIsValidAndStable) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const std::string text = to_valid_utf8(bytes);
    RC_ASSERT(is_valid_utf8(text));
    RC_ASSERT(to_valid_utf8(text) == text);
    RC_ASSERT(is_valid_utf8(utf8_prefix(text, text.size() / 2)));
    RC_ASSERT(is_valid_utf8(utf8_suffix(text, text.size() / 2)));
    RC_ASSERT(printable(bytes).find('\n') == std::string::npos);
  }));
}

}  // namespace
}  // namespace decnet
