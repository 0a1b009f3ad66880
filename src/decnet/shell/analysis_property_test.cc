// Promises of an analysis that hold for every text.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/shell/analysis.h"

namespace decnet::shell {
namespace {

std::string line_of(std::string_view text) {
  Analysis analysis;
  analysis.run(text);
  for (const Text& line : analysis.texts(TextKind::kCommandLine)) {
    if (line.layer == 0) return std::string(line.text);
  }
  return {};
}

// Pieces of commands that are well formed, so that most of what is put together is.
rc::Gen<std::string> command() {
  const auto word = rc::gen::element<std::string>(
      "wget", "w\"g\"et", "'a b'", "$x", "${y}z", "$HOME", "\"$x y\"", "a\\ b", "{a,b}", "{1..3}",
      "$(id)", "\"$(a b)\"", "`c`", "/bin/cat", "/etc//passwd", "''", "'$x'", "'#'", "#", "*.c",
      "$'a\\x41'", "<(d)", "$((1+2))", "x=1", "~/a", "it\\'s", "\"'\"", "';'", "${x:-w}", "!",
      "sudo", "busybox", "env", "-u", "if", "'if'", "\"{a,b}\"", "a$", "[[", "time", "\xc2\xa0",
      "'\xc2\xa0'", "\xef\xbc\x9b", "echo", "printf", "\\x0a", "'a\nb'", "$@", "a$1", "x$y.");
  const auto tail = rc::gen::element<std::string>("", "", "", " > f", " 2>&1", " >>'a b'",
                                                  " <<< \"$x\"", " &> $f", " < a", " >&-");
  return rc::gen::apply(
      [](const std::vector<std::string>& words, const std::string& end) {
        std::string out;
        for (const auto& one : words) out += (out.empty() ? "" : " ") + one;
        return out + end;
      },
      rc::gen::resize(5, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(word))),
      tail);
}

rc::Gen<std::string> script() {
  const auto joint =
      rc::gen::element<std::string>(" ; ", " && ", " | ", " || ", " & ", "\n", " |& ");
  const auto frame = rc::gen::element<std::string>("", "", "", "(", "{", "if", "for");
  return rc::gen::apply(
      [](const std::vector<std::pair<std::string, std::string>>& commands,
         const std::string& around) {
        std::string out;
        for (const auto& [one, joint_behind] : commands) out += one + joint_behind;
        out += "end";
        if (around == "(") return "(" + out + ") | z";
        if (around == "{") return "{ " + out + "; } > g";
        if (around == "if") return "if " + out + "; then a; else b; fi && z";
        if (around == "for") return "for x in a; do " + out + "; done";
        return out;
      },
      rc::gen::resize(4, rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
                             rc::gen::pair(command(), joint))),
      frame);
}

TEST(AnalysisProperty, TheNormalFormIsItsOwnNormalForm) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = *script();
    const std::string once = line_of(text);
    RC_LOG() << "text: " << text << "\nonce: " << once << "\ntwice: " << line_of(once) << "\n";
    RC_ASSERT(line_of(once) == once);
  }));
}

// Views lie in the analysed text or in the analysis; all have their layer.
TEST(AnalysisProperty, TakesEveryByteSequence) {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>(
          "'", "\"", "`", "$(", "${", "$((", "((", "))", ")", "}", "\\", "\n", "\r", ";", "&", "|",
          "<<E", "<", ">", "if ", "then ", "fi", "do ", "done", "case x in ", "esac", ";;", "{ ",
          "[[ ", "]]", "f()", "a", " ", "x=", "x=(", "#", "$", "E", "$'", "\x1b[", "\b", "{a,b}",
          "${x:-", "${x//", "eval ", "sh -c ", "echo ", "base64 -d", "| sh", "printf ", "%s",
          "alias ", "python -c ", "b64decode(", "sudo ", "xxd -r -p", "tr ", "sed s/a/b/",
          "find -exec "),
      rc::gen::string<std::string>());
  EXPECT_TRUE(rc::check([&] {
    std::string text;
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
    Analysis analysis;
    analysis.run(text);
    RC_ASSERT(analysis.layers().size() <= Analysis::kMaxLayers);
    for (std::size_t kind = 0; kind < kTextKindNames.size(); ++kind) {
      for (const Text& one : analysis.texts(static_cast<TextKind>(kind))) {
        RC_ASSERT(one.layer < analysis.layers().size());
      }
    }
  }));
}

std::string times(std::size_t count, std::string_view text) {
  std::string out;
  out.reserve(count * text.size());
  while (count-- > 0) out += text;
  return out;
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

struct Hostile {
  const char* name;
  std::string text;
};
void PrintTo(const Hostile& row, std::ostream* out) { *out << row.name; }

class HostileLine : public testing::TestWithParam<Hostile> {};

// A MiB that asks for more than it is: what is made of it stays within the bound.
TEST_P(HostileLine, IsBounded) {
  Analysis analysis;
  analysis.run(GetParam().text);
  std::size_t bytes = 0;
  for (std::size_t kind = 0; kind < kTextKindNames.size(); ++kind) {
    for (const Text& one : analysis.texts(static_cast<TextKind>(kind))) bytes += one.text.size();
  }
  // Every byte kept may be seen once as a command, a pipeline, arguments, and so on.
  EXPECT_LE(bytes, kTextKindNames.size() * (Analysis::kMaxBytes + 2 * GetParam().text.size()));
  EXPECT_LE(analysis.layers().size(), Analysis::kMaxLayers);
}

std::string filled(std::string_view piece, std::string_view before = {},
                   std::string_view behind = {}) {
  return std::string(before) + times(kMiB / piece.size(), piece) + std::string(behind);
}

INSTANTIATE_TEST_SUITE_P(
    MiB, HostileLine,
    testing::ValuesIn(std::vector<Hostile>{
        {"Letters", filled("a")},
        {"Words", filled("a ")},
        {"Commands", filled("a;")},
        {"Pipes", filled("a|")},
        {"Quotes", filled("'")},
        {"EscapedQuotes", filled("\\'")},
        {"OddQuotes", filled("\"'")},
        {"Substitutions", filled("$(")},
        {"ClosedSubstitutions", filled("$(a)")},
        {"NestedSubstitutions", times(30, "$(") + filled("a ") + times(30, ")")},
        {"Backticks", filled("`")},
        {"Subshells", filled("(")},
        {"Parameters", filled("${")},
        {"Defaults", filled("${a:-")},
        {"ClosedDefaults", filled("${a:-$b}")},
        {"DefaultsInside", times(30, "${a:-") + filled("$b") + times(30, "}")},
        {"Braces", filled("{a,b}")},
        {"NestedBraces", filled("{a,")},
        {"BraceRanges", filled("{1..200}")},
        {"SmallBraceBombs", filled("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b} ")},
        {"Doubling", "a=aaaaaaaa;" + filled("a=$a$a;") + "echo $a"},
        {"DoublingAppend", "a=aaaaaaaa;" + filled("a+=$a;") + "echo $a"},
        {"ManyCopies", "a=" + times(10'000, "b") + ";" + filled("$a ")},
        {"ManyVariables", filled("a=1;b=2;c_$x=3;")},
        {"Evals", filled("eval ")},
        {"EvalOfEval", "a='eval $a';" + filled("$a;")},
        {"EvalDoubles", "a='eval \"$a;$a\"';eval $a" + filled(";eval $a")},
        {"Shells", filled("sh -c '")},
        {"Echoes", filled("echo a|")},
        {"Decoders", "echo YQ==" + filled("|base64 -d")},
        {"Reversals", "echo a" + filled("|rev")},
        {"Sudo", filled("sudo ")},
        {"Busybox", filled("busybox ")},
        {"Aliases", "alias a='a a';" + filled("a ")},
        {"AliasGrows", "alias b='" + times(10'000, "c ") + "';" + filled("b;")},
        {"Documents", filled("a<<E\n")},
        {"Globs", "a=" + times(900, "a") + ";" + filled("${a##*b*b*b*b}")},
        {"PathGlobs", filled("/*/*/*/*/*/*?b ")},
        {"Paths", filled("/..")},
        {"Printf", "printf '" + filled("%s") + "' a | sh"},
        {"PrintfMany", "printf '%999999999d' " + filled("a ") + "| sh"},
        {"Escapes", "echo -e '" + filled("\\x41") + "' | sh"},
        {"Program", "python -c '" + filled("b64decode(") + "'"},
        {"ProgramLiterals", "python -c '" + filled("exec(\"a\")") + "'"},
        {"Joined", "python -c 'exec(" + filled("\"a\"+") + ")'"},
        {"LineFeeds", filled("\n")},
        {"Functions", filled("f(){ ")},
        {"Loops", filled("for x in a;do ")},
        {"Redirects", filled(">a")},
        {"Nul", std::string(kMiB, '\0')},
        {"Invalid", std::string(kMiB, '\xFF')},
    }),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace decnet::shell
