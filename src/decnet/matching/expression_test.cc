#include "decnet/matching/expression.h"

#include <gtest/gtest.h>

namespace decnet::matching {
namespace {

struct Written {
  std::string name;
  std::string pattern;
  std::string exact;
};

class ExpressionTable : public testing::TestWithParam<Written> {};

TEST_P(ExpressionTable, IsWrittenForBothEngines) {
  const auto expression = read_expression(GetParam().pattern);
  ASSERT_TRUE(expression) << expression.error().message;
  EXPECT_EQ(expression->exact, GetParam().exact);
  EXPECT_EQ(expression->witness, GetParam().exact);
  EXPECT_FALSE(expression->backtracks);
}

INSTANTIATE_TEST_SUITE_P(
    Expression, ExpressionTable,
    testing::ValuesIn(std::vector<Written>{
        {"Empty", "", ""},
        {"Plain", R"(\bnc\s+-e\b)", R"(\bnc[\t-\r\x20]+-e\b)"},
        {"NoBlank", R"(\S+)", R"([\x00-\x08\x0e-\x1f\x21-\x{10ffff}]+)"},
        {"LeadingFlags", "(?i)a.b", "(?i)a.b"},
        {"SeveralLeadingFlags", "(?i)(?ms)a", "(?i)(?ms)a"},
        {"FlagsThatSayNothing", "(?a)(?u)x", "x"},
        {"ScopedFlags", "(?i:a)(?-s:.)(?a:b)(?s-i:c)", "(?i:a)(?-s:.)(?:b)(?s-i:c)"},
        {"Verbose", "(?x) a\\ b [ #] # note ) (\n c", R"(a\x20b[\x20\#]c)"},
        {"VerboseInAGroup", "(?x: a b ) c", "(?:ab) c"},
        {"End", R"(a$|b\Z|c\z)", R"(a$|b(?-m:$)|c(?-m:$))"},
        {"ControlEscapes", R"(\a\f\n\r\t\v\0)", R"(\x{7}\x{c}\x{a}\x{d}\x{9}\x{b}\x{0})"},
        {"HexEscapes", R"(\x41\u00e9\U0001F40D\x{20AC})", R"(A\x{e9}\x{1f40d}\x{20ac})"},
        {"OctalEscapes", R"(\012\101)", R"(\x{a}A)"},
        {"EscapedPunctuation", R"(\_\-\/\"\.\ )", R"(_\-\/\"\.\x20)"},
        {"EscapedNonAscii", "\\\xC3\xA9", R"(\x{e9})"},
        {"UnicodeClass", R"(\p{Greek}\PL[\pN])", R"([\p{Greek}][\PL][\pN])"},
        {"OpenCounts", "a{,3}b{,}c{2}d{2,}e{2,3}?", "a{0,3}b{0,}c{2}d{2,}e{2,3}?"},
        {"Braces", "${a}{{x,1}", R"($\{a}\{\{x,1})"},
        {"NamedGroup", "(?P<n>a)(?<m>b)", "(?P<n>a)(?P<m>b)"},
        {"Comment", "a(?#b)*", "a*"},
        {"BracketFirst", "[]a][^]a]", R"([\]a][^\]a])"},
        {"BracketInside", "[a[b]", R"([a\[b])"},
        {"Range", R"([a-z\x00-\x1f\--/])", R"([a-z\x{0}-\x{1f}\--\/])"},
        {"HyphenThatIsNoRange", R"([-a][a-][\w-.][a-c-e])", R"([\-a][a\-][\w\-\.][a-c\-e])"},
        {"BlankInClass", R"([\s\S\b;])", R"([\t-\r\x20\x00-\x08\x0e-\x1f\x21-\x{10ffff}\x{8}\;])"},
        {"PosixClass", "[[:alpha:]_[:^digit:]]", "[[:alpha:]_[:^digit:]]"},
        {"NoPosixClass", "[[:a]", R"([\[\:a])"},
        {"Utf8", "caf\xC3\xA9[\xC3\xA9-\xC3\xBF]", "caf\xC3\xA9[\\x{e9}-\\x{ff}]"},
        {"Nul", std::string("a\0[\0]", 5), std::string("a\0[\\x{0}]", 9)},
    }),
    [](const auto& row) { return row.param.name; });

struct Backtracking {
  std::string name;
  std::string pattern;
  std::string exact;
  std::string witness;
};

class BacktrackingTable : public testing::TestWithParam<Backtracking> {};

TEST_P(BacktrackingTable, HasAWitness) {
  const auto expression = read_expression(GetParam().pattern);
  ASSERT_TRUE(expression) << expression.error().message;
  EXPECT_EQ(expression->exact, GetParam().exact);
  EXPECT_EQ(expression->witness, GetParam().witness);
  EXPECT_TRUE(expression->backtracks);
}

INSTANTIATE_TEST_SUITE_P(
    Expression, BacktrackingTable,
    testing::ValuesIn(std::vector<Backtracking>{
        {"LookAhead", "find /etc(?=/|$)", "find /etc(?=/|$)", "find /etc(?:)"},
        {"NegativeLookAhead", "(?i)a(?!b(c|(?=d)))e", "(?i)a(?!b(c|(?=d)))e", "(?i)a(?:)e"},
        {"LookBehind", "(?<=x)a(?<!y)", "(?<=x)a(?<!y)", "(?:)a(?:)"},
        {"Numbered", R"((a|b)\1\12)", R"((a|b)\g{1}\g{12})", "(a|b)(?s:.*)(?s:.*)"},
        {"Named", "(?P<q>['a])x(?P=q)", R"((?P<q>[\'a])x(?P=q))", R"((?P<q>[\'a])x(?s:.*))"},
        {"Possessive", "a*+b++c?+d{2,}+", "a*+b++c?+d{2,}+", "a*b+c?d{2,}"},
        {"Atomic", "(?>a|ab)c", "(?>a|ab)c", "(?:a|ab)c"},
    }),
    [](const auto& row) { return row.param.name; });

struct Refused {
  std::string name;
  std::string pattern;
  std::string reason;
};

class RefusedTable : public testing::TestWithParam<Refused> {};

TEST_P(RefusedTable, SaysWhyAndWhere) {
  const auto expression = read_expression(GetParam().pattern);
  ASSERT_FALSE(expression);
  EXPECT_EQ(expression.error().message, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Expression, RefusedTable,
    testing::ValuesIn(std::vector<Refused>{
        {"NotUtf8", "a\xFF", "not UTF-8"},
        {"LateFlags", "a(?i)b",
         "flags count from the beginning of a pattern only; write (?i:...) for a part of it, not "
         "(?i) at offset 1"},
        {"LocaleFlag", "(?L)a", "the flag L is not supported at offset 0"},
        {"Verb", "(*LIMIT_MATCH=9)a", "(* is not supported at offset 0"},
        {"Conditional", "(a)(?(1)b|c)", "(?( is not supported at offset 3"},
        {"Recursion", "a(?R)", "(?R is not supported at offset 1"},
        {"QuotedText", R"(\Qa\E)", R"(\Q is not supported at offset 0)"},
        {"OneByte", R"(a\C)", R"(\C is not supported at offset 1)"},
        {"NamedCharacter", R"(\N{BULLET})", R"(\N is not supported at offset 0)"},
        {"EscapeInClass", R"([\A])", R"(\A is not supported at offset 1)"},
        {"NineInClass", R"([\9])", R"(\9 is not supported at offset 1)"},
        {"Surrogate", R"(\ud800)", "an escape that is no character at offset 0"},
        {"BeyondUnicode", R"(\U00110000)", "an escape that is no character at offset 0"},
        {"HexCutOff", R"(a\x4)", "an incomplete escape at offset 1"},
        {"OctalTooLarge", R"(\477)", R"(an octal escape beyond \377 at offset 0)"},
        {"BackslashLast", "a\\", "a backslash at the end at offset 1"},
        {"BackslashLastInClass", "[a\\", "a backslash at the end at offset 2"},
        {"NoEndOfClass", "a[b", "missing ] at offset 1"},
        {"NoEndOfGroup", "(a(b)", "missing ) at offset 0"},
        {"NoBeginOfGroup", "a)", "a ) that closes nothing at offset 1"},
        {"TooDeep", std::string(201, '(') + std::string(201, ')'),
         "more than 200 groups in each other at offset 200"},
        {"NothingToRepeat", "(?x)( ?=a)", "nothing to repeat at offset 6"},
        {"NoEndOfComment", "(?#a", "missing ) of a comment at offset 0"},
        {"RangeBackwards", "[z-a]", "a bad range in a class at offset 1"},
        {"RangeToAClass", R"([a-\d])", "a bad range in a class at offset 1"},
        {"FlagAlone", "(?", "(? is not supported at offset 0"},
    }),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet::matching
