// What each layer of decoding reads, and that none of them costs more than its text.
#include "decnet/web/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/utf8.h"

namespace decnet::web {
namespace {

using testing::Eq;
using testing::Optional;

struct Case {
  std::string_view name;
  std::string_view text;
  std::string_view expected;
};

std::string case_name(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

class Decoded : public testing::TestWithParam<Case> {};
TEST_P(Decoded, GivesThePlainText) {
  EXPECT_EQ(folded(decoded(GetParam().text)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Percent, Decoded,
                         testing::ValuesIn(std::vector<Case>{
                             {"Once", "%3Cb%3e", "<b>"},
                             {"Twice", "%253Cb%253E", "<b>"},
                             {"ThreeTimes", "%25253Cb", "<b"},
                             {"Wide", "%u003cb%U003E", "<b>"},
                             {"Fullwidth", "%uff1cb%ef%bc%9e", "<b>"},
                             {"OverlongOfTwo", "..%c0%af..", "../.."},
                             {"OverlongOfThree", "..%e0%80%af..", "../.."},
                             {"CutShort", "100%", "100%"},
                             {"NoDigits", "%zz%4", "%zz%4"},
                             {"PlusStays", "a+b", "a+b"},
                         }),
                         case_name);

INSTANTIATE_TEST_SUITE_P(References, Decoded,
                         testing::ValuesIn(std::vector<Case>{
                             {"Decimal", "&#60;b&#0062", "<b>"},
                             {"Hexadecimal", "&#x3c;b&#X3E;", "<b>"},
                             {"Named", "java&colon;x&lpar;1&rpar;", "java:x(1)"},
                             {"OldOnesNeedNoSemicolon", "&ltb&gt", "<b>"},
                             {"OthersDo", "a&colonb", "a&colonb"},
                             {"Nested", "&amp;lt;b", "<b"},
                             {"BeyondUnicode", "&#9999999;", "&#9999999;"},
                             {"None", "a & b &; &#; &#x;", "a & b &; &#; &#x;"},
                         }),
                         case_name);

INSTANTIATE_TEST_SUITE_P(Escapes, Decoded,
                         testing::ValuesIn(std::vector<Case>{
                             {"Hexadecimal", R"(\x3cb\x3E)", "<b>"},
                             {"Unicode", R"(\u003cb\u003E)", "<b>"},
                             {"Braces", R"(\u{3c}b\u{00003e})", "<b>"},
                             {"InPercent", "%5Cu003cb", "<b"},
                             {"None", R"(C:\users\x)", R"(C:\users\x)"},
                             {"CutShort", R"(\u00)", R"(\u00)"},
                         }),
                         case_name);

INSTANTIATE_TEST_SUITE_P(Folding, Decoded,
                         testing::ValuesIn(std::vector<Case>{
                             {"Blanks", "a \t  b", "a b"},
                             {"LineEnds", "a \r\n b\v c", "a\nb c"},
                             {"NoBreakSpace",
                              "a\xC2\xA0\xE2\x80\x83"
                              "b",
                              "a b"},
                             {"NulsGo", "a%00b", "ab"},
                             {"ZeroWidthGoes", "un\xE2\x80\x8Bion", "union"},
                             {"TypographicQuotes", "\xE2\x80\x98or\xE2\x80\x99", "'or'"},
                             {"OtherSlashes", "..\xE2\x88\x95..\xE2\x88\x96", "../..\\"},
                             {"Circled", "\xE2\x91\xA0\xE2\x91\xA1.\xE2\x93\x9E", "12.o"},
                             {"NoUtf8",
                              "a\xFF"
                              "b",
                              "a\xEF\xBF\xBD"
                              "b"},
                         }),
                         case_name);

TEST(PercentDecoded, ReadsAPlusInAQuery) {
  EXPECT_EQ(percent_decoded("a+b%2Bc", true), "a b+c");
  EXPECT_EQ(percent_decoded("a+b%2Bc"), "a+b+c");
}

struct Base64Case {
  std::string_view name;
  std::string_view text;
  std::optional<std::string> expected;
};
class Base64 : public testing::TestWithParam<Base64Case> {};
TEST_P(Base64, IsReadWhenItIsThat) {
  EXPECT_EQ(base64_decoded(GetParam().text), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(, Base64,
                         testing::ValuesIn(std::vector<Base64Case>{
                             {"Padded", "PHNjcmlwdD4xPC9hPg==", "<script>1</a>"},
                             {"Unpadded", "PHNjcmlwdD4xPC9hPg", "<script>1</a>"},
                             {"UrlSafe", "Pj4-Pj4_Pj4-", ">>>>>?>>>"},
                             {"PlusMadeABlank", "Pj4 Pj4/Pj4 ", ">>>>>?>>>"},
                             {"CutAtTheBeginning", "NjcmlwdD4xPC9hPg", "cript>1</a>"},
                             {"JavaObject",
                              "rO0ABXNyAAE=", std::string("\xAC\xED\x00\x05sr\x00\x01", 8)},
                             {"AWord", "internationalisation", std::nullopt},
                             {"TooShort", "YWJj", std::nullopt},
                             {"OtherCharacters", "PHNjcmlwdD4x!", std::nullopt},
                             {"Empty", "", std::nullopt},
                         }),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(WithoutComments, ReadsAsADatabaseDoes) {
  EXPECT_EQ(without_comments("un/**/ion/*x*/select"), "un ion select");
  EXPECT_EQ(without_comments("/*!50000union*/ all"), " union  all");
  EXPECT_EQ(without_comments("a/*b"), "a");
  EXPECT_EQ(without_comments("a*/b"), "a b");
  EXPECT_EQ(without_comments("/*/x*/y"), " y");
}

TEST(WithoutQuoting, ReadsAsAShellDoes) {
  EXPECT_EQ(without_quoting(R"(w'h'o"am"\i)"), "whoami");
  EXPECT_EQ(without_quoting("cat${IFS}/a$IFS$9b"), "cat /a b");
  EXPECT_EQ(without_quoting("wh$@oa^mi"), "whoami");
  EXPECT_EQ(without_quoting("$5 $"), "$5 $");
}

RC_GTEST_PROP(Decoding, NeverGrowsAndNeverFails, (const std::string& text)) {
  RC_ASSERT(decoded(text).size() <= text.size());
  RC_ASSERT(without_comments(text).size() <= text.size());
  RC_ASSERT(without_quoting(text).size() <= text.size());
  const std::string plain = folded(text);
  RC_ASSERT(is_valid_utf8(plain));
  RC_ASSERT(folded(plain) == plain);
}

RC_GTEST_PROP(Decoding, UndoesPercentEncoding, (const std::string& text)) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  RC_ASSERT(percent_decoded(encoded) == text);
}

}  // namespace
}  // namespace decnet::web
