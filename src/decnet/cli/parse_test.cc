#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/cli/options.h"

namespace decnet::cli {
namespace {

// A command that takes one of everything.
struct Everything {
  bool flag = false;
  std::optional<std::string> text;
  std::optional<std::int64_t> integer = 7;
  std::optional<double> number;
  std::optional<double> positive;
  std::optional<std::string> even;
  std::optional<std::string> argument;
  config::Config config;
  Options options;

  Everything() {
    options.flag("--flag,-f", flag, "A flag.");
    options.text("--text,-t", "TEXT", text, "A text.");
    options.integer("--integer,-i", "N", integer, 1, 3650, "A whole number.");
    options.number("--number", "X", number, 0, 1, "A number.");
    options.positive("--positive,-p", "S", positive, "A number above 0.");
    options.text("--even", "DIGITS", even, "A text of even length.", of_even_length);
    options.setting("--db", "PATH", "DECNET_DB_PATH", "A setting.");
    options.setting("--rules-dir", "PATH", "DECNET_TTP_RULES_DIR", "One of even length.",
                    of_even_length);
    options.argument("ARGUMENT", argument, "An argument.");
  }

  static Result<void> of_even_length(std::string_view text) {
    if (text.size() % 2 == 0) return {};
    return fail(ErrorCode::kInvalid, "expected an even number of digits");
  }

  // What came of it, in one line.
  std::string read(const std::vector<std::string>& words) {
    const auto parsed = parse(options, words, config);
    if (!parsed) return parsed.error().message;
    if (*parsed == Parsed::kHelp) return "help";
    std::string out;
    if (flag) out += "flag ";
    if (text) out += "text=" + *text + " ";
    if (integer != 7) out += "integer=" + std::to_string(*integer) + " ";
    if (number) out += "number=" + std::to_string(*number) + " ";
    if (positive) out += fmt::format("positive={} ", *positive);
    if (even) out += "even=" + *even + " ";
    if (argument) out += "argument=" + *argument + " ";
    if (const auto db = config.get("DECNET_DB_PATH"); db->origin != "default") {
      out += "db=" + db->text + " from " + db->origin + " ";
    }
    return out;
  }
};

struct Case {
  std::string name;
  std::vector<std::string> words;
  std::string expected;
};

class Parse : public testing::TestWithParam<Case> {};

TEST_P(Parse, Reads) { EXPECT_EQ(Everything().read(GetParam().words), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Syntax, Parse,
                         testing::ValuesIn(std::vector<Case>{
                             {"Nothing", {}, ""},
                             {"LongApart", {"--integer", "5"}, "integer=5 "},
                             {"LongJoined", {"--integer=5"}, "integer=5 "},
                             {"ShortApart", {"-i", "5"}, "integer=5 "},
                             {"ShortJoined", {"-i5"}, "integer=5 "},
                             {"Flags", {"-f"}, "flag "},
                             {"ShortsJoined", {"-fi5"}, "flag integer=5 "},
                             {"TheLastCounts", {"-i5", "--integer=6"}, "integer=6 "},
                             {"FlagTwice", {"-f", "--flag"}, "flag "},
                             {"Setting", {"--db", "x.db"}, "db=x.db from --db "},
                             {"Mixed", {"a", "--flag"}, "flag argument=a "},
                             {"EmptyText", {"--text", ""}, "text= "},
                             {"EmptyJoined", {"--text="}, "text= "},
                             {"EmptyArgument", {""}, "argument= "},
                             {"ValueWithEquals", {"--text=a=b"}, "text=a=b "},
                             {"NegativeText", {"--text", "-5"}, "text=-5 "},
                             {"Dash", {"-"}, "argument=- "},
                             {"Help", {"--help"}, "help"},
                             {"HelpAfterAMistake", {"--bad", "--help"}, "help"},
                             {"HelpBesideErrors", {"--integer", "5", "-h", "x", "y"}, "help"},
                             {"Bounds", {"-i1", "--number", "1"}, "integer=1 number=1.000000 "},
                             {"Huge", {"-p", "1e20"}, "positive=1e+20 "},
                             {"Tiny", {"-p1e-320"}, "positive=1e-320 "},
                             {"Checked", {"--even", "12", "--rules-dir=ab"}, "even=12 "},
                         }),
                         [](const auto& c) { return c.param.name; });

// Text to be explained is anything a shell may see: none of it means something to the parser.
INSTANTIATE_TEST_SUITE_P(HostileText, Parse,
                         testing::ValuesIn(std::vector<Case>{
                             {"Brackets", {"[a,b]"}, "argument=[a,b] "},
                             {"Test", {"[ -f x ] && y"}, "argument=[ -f x ] && y "},
                             {"Braces", {"{}"}, "argument={} "},
                             {"Plus", {"++"}, "argument=++ "},
                             {"Quotes", {"\"a\" 'b'"}, "argument=\"a\" 'b' "},
                             {"Slash", {"/h"}, "argument=/h "},
                             {"Percent", {"%%"}, "argument=%% "},
                             {"AfterDashes", {"--", "--flag"}, "argument=--flag "},
                             {"LineFeed", {"a\nb"}, "argument=a\nb "},
                             {"BracketText", {"--text", "[a,b]"}, "text=[a,b] "},
                             {"BraceText", {"--text={}"}, "text={} "},
                             {"ShortBracketText", {"-t[a,b]"}, "text=[a,b] "},
                             {"DashText", {"--text", "--flag"}, "text=--flag "},
                         }),
                         [](const auto& c) { return c.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Mistakes, Parse,
    testing::ValuesIn(std::vector<Case>{
        {"UnknownLong", {"--bad"}, "no option '--bad'"},
        {"UnknownShort", {"-x"}, "no option '-x'"},
        {"NoAbbreviation", {"--fla"}, "no option '--fla'"},
        {"TwoArguments", {"a", "b"}, "unexpected 'b'"},
        {"FlagWithValue", {"--flag=false"}, "--flag takes no value"},
        {"MissingValue", {"--text"}, "--text needs a value: TEXT"},
        {"MissingShortValue", {"-i"}, "--integer needs a value: N"},
        {"TooSmall", {"-i0"}, "--integer: '0' is no whole number from 1 to 3650"},
        {"TooLarge", {"-i3651"}, "--integer: '3651' is no whole number from 1 to 3650"},
        {"Negative", {"--integer", "-5"}, "--integer: '-5' is no whole number from 1 to 3650"},
        {"Huge",
         {"-i99999999999999999999"},
         "--integer: '99999999999999999999' is no whole number from 1 to 3650"},
        {"Fraction", {"-i1.5"}, "--integer: '1.5' is no whole number from 1 to 3650"},
        {"Words", {"-iten"}, "--integer: 'ten' is no whole number from 1 to 3650"},
        {"EmptyNumber", {"--integer="}, "--integer: '' is no whole number from 1 to 3650"},
        {"Nan", {"--number=nan"}, "--number: 'nan' is no number from 0 to 1"},
        {"Above", {"--number=1.01"}, "--number: '1.01' is no number from 0 to 1"},
        {"Zero", {"-p0"}, "--positive: '0' is no finite number above 0"},
        {"BelowZero", {"-p", "-1e-300"}, "--positive: '-1e-300' is no finite number above 0"},
        {"Infinite", {"-pinf"}, "--positive: 'inf' is no finite number above 0"},
        {"TooHuge", {"-p1e999"}, "--positive: '1e999' is no finite number above 0"},
        {"NotANumber", {"-pnan"}, "--positive: 'nan' is no finite number above 0"},
        {"RefusedText", {"--even=1"}, "--even: expected an even number of digits"},
        {"RefusedSetting", {"--rules-dir=a"}, "--rules-dir: expected an even number of digits"},
        {"EmptySetting", {"--db="}, "--db: PATH is empty"},
        {"HostileOption", {"--\x1b[2J"}, "no option '--\\x1b[2J'"},
    }),
    [](const auto& c) { return c.param.name; });

TEST(Parse, ArgumentsAreOneOrMore) {
  config::Config config;
  std::vector<std::string> files;
  bool flag = false;
  Options options;
  options.arguments("FILE", files, "Files.");
  options.flag("--flag", flag, "A flag.");
  EXPECT_EQ(parse(options, {}, config).error().message, "FILE is missing");
  const std::vector<std::string> words = {"a", "--flag", "[b,c]", "-", "--", "--flag"};
  ASSERT_TRUE(parse(options, words, config));
  EXPECT_THAT(files, testing::ElementsAre("a", "[b,c]", "-", "--flag"));
  EXPECT_TRUE(flag);
}

TEST(ParseProperty, NoWordsBreakItAndTextComesThrough) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& words, const std::string& text) {
    (void)Everything().read(words);
    for (const auto& spelled : std::vector<std::vector<std::string>>{
             {"--text=" + text}, {"--text", text}, {"-t", text}, {"-ft", text}}) {
      Everything everything;
      everything.read(spelled);
      RC_ASSERT(everything.text == text);
    }
    Everything everything;
    everything.read({"--", text});
    RC_ASSERT(everything.argument == text);
  }));
}

}  // namespace
}  // namespace decnet::cli
