// PatternSet against the slow ways to match: patterns and texts of shell-like fragments, hostile
// texts, other people's commands, and the table of what PCRE2 understands otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>
#include <iostream>

#include "decnet/base/json.h"
#include "decnet/matching/pattern_set.h"
#include "tests/reference_matcher.h"
#include "tests/test_main.h"

namespace decnet::matching {
namespace {

using test::compare;
using test::Comparison;
using testing::IsEmpty;

using Strings = std::vector<std::string>;

// --- patterns ---------------------------------------------------------------------------------

// What patterns and texts share, so that they meet.
const Strings kWords = {"cat", "curl", "wget", "sh", "-e", "/etc/passwd", "http://",  "task", "K",
                        ";",   "|",    " ",    "a",  "b",  "\xC3\xA9",    "\xC3\x89", "x",    "42"};

const Strings kClasses = {R"(\s)",
                          R"(\S)",
                          R"(\w)",
                          R"(\d)",
                          R"([^;|])",
                          ".",
                          "[a-z]",
                          R"([\s;])",
                          "[^a]",
                          "[\xC3\xA0-\xC3\xBF]",
                          R"(\v)",
                          R"(\W)",
                          R"([\S\d])",
                          "[k-s]",
                          R"([^\x00-jl-\x{10ffff}])",
                          R"([^\x00-\x7f])"};
const Strings kAssertions = {"^", "$", R"(\b)", R"(\B)", R"(\A)", R"(\Z)"};
const Strings kCounts = {"", "", "", "*", "+", "?", "{2}", "{1,3}", "{,2}", "+?", "*?"};
const Strings kLookArounds = {"(?=%)", "(?!%)", "(?<=a)", "(?<!;)", R"((%)\s*(?:\1))"};

std::string quoted(const std::string& word) {
  std::string pattern;
  for (const char c : word) {
    if (std::string_view("|.*+?()[]{}^$\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string any_of(const Strings& strings) { return *rc::gen::elementOf(strings); }
int any_below(int limit) { return *rc::gen::inRange(0, limit); }

std::string any_branch(int depth);

std::string any_group(int depth) {
  std::string group = "(?:" + any_branch(depth - 1);
  if (any_below(2) == 0) group += "|" + any_branch(depth - 1);
  return group + ")";
}

std::string any_item(int depth) {
  switch (any_below(depth > 0 ? 7 : 5)) {
    case 0:
    case 1:
      return quoted(any_of(kWords));
    case 2:
    case 3:
      return any_of(kClasses) + any_of(kCounts);
    case 4:
      return any_of(kAssertions);
    default:
      return any_group(depth) + any_of(kCounts);
  }
}

std::string any_branch(int depth) {
  std::string branch;
  for (int items = 1 + any_below(4); items > 0; --items) branch += any_item(depth);
  return branch;
}

std::string any_pattern() {
  static const Strings kFlags = {"", "", "(?i)", "(?s)", "(?m)", "(?is)", "(?xi)"};
  return any_of(kFlags) + any_branch(2);
}

std::string any_backtracking_pattern() {
  static const Strings kFlags = {"", "", "(?i)"};
  std::string look = any_of(kLookArounds);
  if (const auto at = look.find('%'); at != std::string::npos) look.replace(at, 1, any_branch(0));
  return any_of(kFlags) + any_branch(1) + look + (any_below(2) == 0 ? any_branch(0) : "");
}

// --- texts ------------------------------------------------------------------------------------

std::string any_text() {
  static const Strings kOther = {"\n",   "\t",       "\r",     "\v",     std::string(1, '\0'),
                                 "\xFF", "\xE2\x82", "\u212A", "\u017F", "TASK",
                                 "CaT",  "k",        "S",      "..",     "\u00A0"};
  std::string text;
  for (int parts = any_below(12); parts > 0; --parts) {
    text += any_below(4) == 0 ? any_of(kOther) : any_of(kWords);
  }
  return text;
}

Strings several(int count, std::string (*make)()) {
  Strings result;
  for (; count > 0; --count) result.push_back(make());
  return result;
}

TEST(ReferenceProperty, TheSetEqualsOneByOneAndPcre2) {
  std::size_t matches = 0;
  EXPECT_TRUE(rc::check([&] {
    const Strings patterns = several(8, any_pattern);
    const Comparison result = compare(patterns, several(8, any_text));
    RC_ASSERT(result.violations == Strings());
    matches += result.matches;
  }));
  EXPECT_GT(matches, 500);  // of 6,400: or nothing would have been compared
}

TEST(ReferenceProperty, PatternsThatBacktrackEqualPcre2WithoutWitness) {
  std::size_t matches = 0;
  EXPECT_TRUE(rc::check([&] {
    const Strings patterns = several(6, any_backtracking_pattern);
    const Comparison result = compare(patterns, several(8, any_text));
    RC_ASSERT(result.violations == Strings());
    matches += result.matches;
  }));
  EXPECT_GT(matches, 50);
}

// --- real and hostile texts ---------------------------------------------------------------------

// Shapes that rules have: words, gaps up to a separator, options, quotes, redirections.
const Strings kShellPatterns = {
    R"((?i)\b(?:wget|curl|tftp)\b[^;|\n]*https?://)",
    R"((?:^|[^\w.-])(?:cat|less|head)\s(?:[^;&|>\n"'\\]|\\.|"[^"\n]*"|'[^'\n]*')*/etc/passwd\b)",
    R"((?i)\b(?:echo|printf)\b.*(?:<\?php|\beval\s*\().*>\s*["']?[^\s;&|<>]*\.php(?:\s|$))",
    R"((?:^|[;&|]\s*)(?:sudo\s+)?(?:id|w|who|whoami)(?:[\s;&|]|$))",
    R"(\bfind\s+(?:-\S+\s+)*/(?:(?:etc|var|home)(?:/\S*)?)?(?:\s|$))",
    R"(\bnc\s(?:[^;&|\n]*\s)?-[a-z]*e)",
    R"((?i)\bhistory\s+-c|>\s*~?/?\.bash_history|unset\s+HISTFILE)",
    R"([A-Za-z0-9+/]{40,}={0,2})",
    R"(chmod\s+(?:-R\s+)?(?:0?777|\+x))",
    R"((?s)a.*b.*c.*d)",
    R"(find /(?:etc|var)(?=/|\s|$))",
    R"((["'])[^"']*\1\s*>)",
};

std::string repeated(const std::string& part, std::size_t size) {
  std::string text;
  while (text.size() < size) text += part;
  return text;
}

TEST(Reference, HostileTextsNeitherCrashNorExhaustRe2Patterns) {
  Strings texts;
  for (const std::string& part :
       {std::string("cat "), std::string("wget curl "), std::string("find -x "), std::string("\""),
        std::string("echo eval( "), std::string("abc"), std::string("a"), std::string(1, '\0'),
        std::string("\xFF"), std::string("\n"), std::string("nc x "), std::string("\u212A"),
        std::string("../"), std::string("\\"), std::string("AAAA=")}) {
    texts.push_back(repeated(part, 6 << 10));
  }
  texts.push_back(repeated("echo <?php eval( >", 1 << 20));
  texts.push_back("cat " + std::string(1 << 20, 'x') + " /etc/passwd");
  texts.push_back(std::string(1 << 20, '\0'));
  texts.push_back(std::string(1 << 20, '\xFF'));
  const Strings linear(kShellPatterns.begin(), kShellPatterns.end() - 2);
  const Comparison result = compare(linear, texts);
  EXPECT_THAT(result.violations, IsEmpty());
  EXPECT_EQ(result.exhausted, 0);
  EXPECT_GT(result.matches, 0);
}

Strings texts_of(const std::filesystem::path& corpus) {
  Strings texts;
  std::ifstream file(corpus);
  for (std::string line; std::getline(file, line);) {
    const auto json = Json::parse(line);
    const Json* text = json ? json->find("text") : nullptr;
    if (text != nullptr && text->string() != nullptr) texts.push_back(*text->string());
  }
  return texts;
}

class OnCorpus : public testing::TestWithParam<std::string> {};

TEST_P(OnCorpus, TheSetEqualsOneByOneAndPcre2) {
  DECNET_CORPUS_OR_SKIP(corpus, "corpora/" + GetParam() + ".dev.jsonl");
  const Comparison result = compare(kShellPatterns, texts_of(corpus));
  EXPECT_THAT(result.violations, IsEmpty());
  EXPECT_GT(result.matches, 0);
  std::cout << GetParam() << ": " << result.summary() << '\n';
}

INSTANTIATE_TEST_SUITE_P(Reference, OnCorpus,
                         testing::Values("cowrie_commands", "nl2bash_benign", "atomic_linux",
                                         "gtfobins"),
                         [](const auto& row) { return row.param; });

// --- dialects -----------------------------------------------------------------------------------

struct Dialect {
  std::string name;
  std::string pattern;
  std::string text;
  bool ours;
  bool pcre2;   // by its own dialect
  bool python;  // re.search on the text with the final line feed that we take off
  std::string difference;
};

class DialectTable : public testing::TestWithParam<Dialect> {};

TEST_P(DialectTable, IsAsListed) {
  const Dialect& row = GetParam();
  const test::ReferencePattern reference(row.pattern);
  Scan scan;
  const auto set = PatternSet::compile(std::vector<std::string>{row.pattern});
  ASSERT_TRUE(set) << set.error().message;
  set->scan(row.text, scan);
  EXPECT_EQ(!scan.matched.empty(), row.ours);
  EXPECT_EQ(reference.find(row.text).has_value(), row.ours);
  EXPECT_EQ(reference.pcre2_matches(row.text), row.pcre2);

  std::string difference;
  for (const auto& known : test::dialect_differences()) {
    if (difference.empty() && known.shows(row.pattern, row.text)) difference = known.name;
  }
  EXPECT_EQ(row.ours == row.pcre2 ? "" : difference, row.difference);
}

INSTANTIATE_TEST_SUITE_P(
    Reference, DialectTable,
    testing::ValuesIn(std::vector<Dialect>{
        // name, pattern, text, ours, PCRE2, Python, difference to PCRE2
        {"DollarBeforeLineFeed", "a$", "a\n", false, true, false, "$ before a final line feed"},
        {"ZBeforeLineFeed", R"(a\Z)", "a\n", false, true, false, "$ before a final line feed"},
        {"CaretAfterLineFeed", "(?m)^$", "a\n", true, false, true, "$ before a final line feed"},
        {"CaretLast", "(?m)^(?:b|)", "a\n", true, true, true, ""},
        {"VerticalTab", R"(a\vb)", "a\vb", true, true, true, ""},
        {"NoVerticalSpace", R"(a\vb)", "a\rb", false, true, false, "\\v is all vertical space"},
        {"OpenCount", "a{,2}b", "b", true, false, true, "{,n} is text"},
        {"OpenCountAsText", "a{,2}b", "a{,2}b", true, true, true, ""},
        {"BlankHasVerticalTab", R"(a\sb)", "a\vb", true, true, true, ""},
        {"AsciiBlanks", R"(a\sb)", "a\u00A0b", false, false, true, ""},
        {"AsciiWords", R"(\bna\b)", "na\u00EFve", true, true, false, ""},
        {"AsciiDigits", R"(\d)", "\u0664", false, false, true, ""},
        {"CaseOfNonAscii", "(?i)caf\u00E9", "CAF\u00C9", true, true, true, ""},
        {"KelvinSign", "(?i)task", "TAS\u212A", true, true, true, ""},
        {"KelvinSignIsAWordCharacter", R"((?i)^\w$)", "\u212A", true, false, true,
         "(?i) and classes"},
        {"KelvinSignWithoutFlag", R"(^\w$)", "\u212A", false, false, true, ""},
        {"NoBoundaryInsideACharacter", R"(a\B)", "a\u20AC", false, false, false, ""},
        {"NoBoundaryBetweenItsBytes", R"(^.\Bx|\B)", "a\u20ACb", true, false, false,
         "\\B inside a character"},
        {"LongS", "(?i)task", "ta\u017Fk", true, true, true, ""},
        {"DotStopsAtLineFeed", "a.b", "a\nb", false, false, false, ""},
        {"DotTakesCarriageReturn", "a.b", "a\rb", true, true, true, ""},
        {"DotIsACharacter", "^.$", "\u20AC", true, true, true, ""},
        {"HexIsACharacter", R"(\xe9)", "\u00E9", true, true, true, ""},
    }),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet::matching
