#include "decnet/rules/yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/rules/yaml_scalar.h"

namespace decnet::rules {
namespace {

using Kind = YamlNode::Kind;
using testing::HasSubstr;

struct ScalarCase {
  std::string text;
  Kind kind;
  std::string value;  // as JSON
  std::string surprise;
};

class YamlScalars : public testing::TestWithParam<ScalarCase> {};

TEST_P(YamlScalars, ReadAsYaml11Says) {
  const auto& [text, kind, value, surprise] = GetParam();
  const YamlScalar scalar = resolve_scalar(text);
  EXPECT_EQ(scalar.kind, kind) << text;
  EXPECT_EQ(scalar.value.dump(), value) << text;
  EXPECT_EQ(scalar.surprise, surprise) << text;
}

INSTANTIATE_TEST_SUITE_P(Scalar, YamlScalars,
                         testing::ValuesIn(std::vector<ScalarCase>{
                             {"", Kind::kNull, "null", ""},
                             {"~", Kind::kNull, "null", ""},
                             {"Null", Kind::kNull, "null", ""},
                             {"nULL", Kind::kText, "\"nULL\"", ""},
                             {"true", Kind::kBoolean, "true", ""},
                             {"FALSE", Kind::kBoolean, "false", ""},
                             {"yes", Kind::kBoolean, "true", "a boolean"},
                             {"No", Kind::kBoolean, "false", "a boolean"},
                             {"off", Kind::kBoolean, "false", "a boolean"},
                             {"y", Kind::kText, "\"y\"", ""},
                             {"0", Kind::kInteger, "0", ""},
                             {"-17", Kind::kInteger, "-17", ""},
                             {"+5", Kind::kInteger, "5", ""},
                             {"010", Kind::kInteger, "8", "octal"},
                             {"08", Kind::kText, "\"08\"", ""},
                             {"0x1F", Kind::kInteger, "31", "hexadecimal"},
                             {"0b101", Kind::kInteger, "5", "binary"},
                             {"1_000", Kind::kInteger, "1000", "a number"},
                             {"1:30", Kind::kInteger, "90", "base 60"},
                             {"1:60", Kind::kText, "\"1:60\"", ""},
                             {"1:", Kind::kText, "\"1:\"", ""},
                             {"99999999999999999999", Kind::kText, "\"99999999999999999999\"", ""},
                             {"0.85", Kind::kFloat, "0.85", ""},
                             {".5", Kind::kFloat, "0.5", ""},
                             {"-2.", Kind::kFloat, "-2.0", ""},
                             {"1.5e+3", Kind::kFloat, "1500.0", ""},
                             {"1e3", Kind::kText, "\"1e3\"", ""},
                             {"1.5e3", Kind::kText, "\"1.5e3\"", ""},
                             {".inf", Kind::kFloat, "null", ""},
                             {".nan", Kind::kFloat, "null", "not a number"},
                             {"1.2.3", Kind::kText, "\"1.2.3\"", ""},
                             {"-", Kind::kText, "\"-\"", ""},
                             {".", Kind::kText, "\".\"", ""},
                             {"0x", Kind::kText, "\"0x\"", ""},
                             {"2026-05-02", Kind::kText, "\"2026-05-02\"", ""},
                             {"T1110", Kind::kText, "\"T1110\"", ""},
                         }));

YamlDocument read(std::string_view text) {
  auto document = YamlDocument::read(text);
  if (!document) {
    ADD_FAILURE() << document.error().line << ": " << document.error().message;
    return *YamlDocument::read("{}");
  }
  return *std::move(document);
}

TEST(YamlDocument, KeepsLinesAndTexts) {
  const YamlDocument document = read("# rule\na: 'x'\nb:\n  - 010\n  - \"010\"\nc: |\n  d\n");
  const YamlNode& root = document.root();
  EXPECT_EQ(root.line(), 2);
  EXPECT_EQ(root.find("b")->key->line(), 3);
  EXPECT_EQ(root.find("b")->value->elements()[1]->line(), 5);
  EXPECT_EQ(root.json().dump(), R"({"a":"x","b":[8,"010"],"c":"d\n"})");
  EXPECT_EQ(root.find("absent"), nullptr);
}

TEST(YamlDocument, NamesKeysWrittenTwice) {
  const YamlDocument document = read("a: 1\nb: {c: 1, c: 2}\na: 3\n");
  ASSERT_EQ(document.repeated_keys().size(), 2U);
  EXPECT_EQ(document.repeated_keys()[0].line, 2);
  EXPECT_EQ(document.repeated_keys()[1].line, 3);
  EXPECT_THAT(document.repeated_keys()[1].message, HasSubstr("'a' again; it is already on line 1"));
}

TEST(YamlDocument, ResolvesAliasesAndMerges) {
  const YamlDocument document = read(
      "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\n"
      "x: {<<: *base, a: 9}\ny: {<<: [*more, *base]}\nz: *base\n");
  EXPECT_EQ(document.root().find("x")->value->json().dump(), R"({"a":9,"b":2})");
  EXPECT_EQ(document.root().find("y")->value->json().dump(), R"({"b":3,"c":4,"a":1})");
  EXPECT_EQ(document.root().find("z")->value->json().dump(), R"({"a":1,"b":2})");
  EXPECT_TRUE(document.repeated_keys().empty());
}

TEST(YamlDocument, TakesAByteOrderMarkAndWindowsLines) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a: 1\r\nb: x\r\n")
                .root()
                .json()
                .dump(),
            R"({"a":1,"b":"x"})");
}

struct FlawCase {
  std::string name;
  std::string text;
  int line;
  std::string message;
};

class YamlFlaws : public testing::TestWithParam<FlawCase> {};

TEST_P(YamlFlaws, AreNamedWithTheirLine) {
  const auto& [name, text, line, message] = GetParam();
  const auto document = YamlDocument::read(text);
  ASSERT_FALSE(document) << name;
  EXPECT_EQ(document.error().line, line) << name << ": " << document.error().message;
  EXPECT_THAT(document.error().message, HasSubstr(message)) << name;
}

std::string lines_of_aliases(int depth) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= depth; ++i) {
    text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  }
  return text;
}

std::string many(std::string_view piece, std::size_t count) {
  std::string text;
  text.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

std::string staircase(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Text, YamlFlaws,
    testing::ValuesIn(std::vector<FlawCase>{
        {"Nothing", "", 0, "empty"},
        {"Blanks", " \n\n", 0, "empty"},
        {"OnlyComments", "# a\n# b\n", 0, "empty"},
        {"Nul", std::string("a: 1\nb: \0\n", 10), 2, "NUL byte"},
        {"Escape", "a: 1\nb: \x1b[2J\n", 2, "control character \\x1b"},
        {"NoUtf8", "a: 1\n\nb: \xff\n", 3, "not UTF-8"},
        {"Utf16",
         "\xFF\xFE"
         "a",
         1, "UTF-16"},
        {"TabIndent", "a:\n\tb: c: d\n", 2, "not YAML"},
        {"UnclosedQuote", "a: 1\nb: 'x\nc: 2\n", 2, "never closed"},
        {"UnclosedList", "a: 1\nb: [1, 2\n", 2, "a bracket that is never closed"},
        {"TextAfterQuote", "a: 'x'y\n", 1, "check the indent, the quotes"},
        {"UnknownEscape", "a: \"\\d\"\n", 1, "single quotes"},
        {"PlainStar", "a: 1\nb: *x\n", 2, "needs quotes"},
        {"PlainPercent", "a: %x\n", 1, "needs quotes"},
        {"PlainExclamation", "a: !x\n", 1, "'!x' is not supported"},
        {"ForeignTag", "a: !!python/object:os.system x\n", 1, "is not supported"},
        {"SecondDocument", "a: 1\n---\nb: 2\n", 2, "second document"},
        {"WrongIndent", "a:\n   b: 1\n  c: 2\n", 3, "not YAML"},
        {"ListAsKey", "a: 1\n? [x]\n: 2\n", 2, "a list as a key"},
        {"TemplateLeftOver", "a: {{ b }}\n", 1, "as a key"},
        {"MergeOfText", "a: 1\n<<: x\n", 2, "<<: expected a mapping"},
        {"MergeOfNothing", "a: 1\n<<:", 2, "<<: expected a mapping"},
        {"MergeOfNothingBefore", "<<:\n\nb: 1\n", 1, "<<: expected a mapping"},
        {"OwnAlias", "a: &x [1, *x]\n", 1, "alias"},
        {"Depth", staircase(40), 33, "nested deeper than 32 levels"},
        {"FlowDepth", std::string(1000, '['), 1, "nested deeper than 32 levels"},
        {"HugeFlowDepth", std::string(std::size_t{1} << 20, '['), 1, "nested deeper"},
        {"DepthByAliases",
         "a: &a [[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]\nb: [[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]\n",
         2, "nested deeper"},
        {"AliasBomb", lines_of_aliases(8), 5, "more than 10000 values"},
        {"ManyValues", "a:\n" + many("- b\n", 20'000), 9'999, "more than 10000 values"},
        {"TextByAliases",
         "a: &a " + std::string(100'000, 'x') + "\nb: [" + many("*a, ", 20) + "]\n", 2,
         "bytes of text"},
        {"TooLarge", "a: " + std::string(std::size_t{1} << 20, 'x'), 0,
         "larger than 1048576 bytes"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(YamlDocument, TakesWhatIsJustWithinTheBounds) {
  EXPECT_TRUE(YamlDocument::read(staircase(32) + std::string(32, ' ') + "x\n"));
  EXPECT_TRUE(YamlDocument::read("a:\n" + many("- b\n", 9'990)));
  EXPECT_TRUE(YamlDocument::read("a: " + std::string((std::size_t{1} << 20) - 3, 'x')));
}

TEST(YamlProperty, AnyTextGivesADocumentOrAFlawInIt) {
  EXPECT_TRUE(rc::check([] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("ab0.:-?[]{}&*!|>'\"%@`#, \n\t~<=\\\xC3\xA9")));
    const auto document = YamlDocument::read(text);
    if (document) {
      (void)document->root().json().dump();
      (void)document->root().describe();
    } else {
      RC_ASSERT(!document.error().message.empty());
      RC_ASSERT(document.error().line >= 0);
      RC_ASSERT(document.error().line <= 1 + std::count(text.begin(), text.end(), '\n'));
    }
  }));
}

}  // namespace
}  // namespace decnet::rules
