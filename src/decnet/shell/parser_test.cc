#include "decnet/shell/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/shell/outline_test.h"

namespace decnet::shell::syntax {
namespace {

struct Case {
  std::string name;
  std::string text;
  std::string outline;
  Flaws flaws = {};
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.text; }

class Parser : public testing::TestWithParam<Case> {};

TEST_P(Parser, Reads) {
  const auto& row = GetParam();
  Script script;
  parse(row.text, script);
  EXPECT_EQ(outline(script), row.outline);
  EXPECT_TRUE(script.flaws == row.flaws);
}

INSTANTIATE_TEST_SUITE_P(Words, Parser,
                         testing::ValuesIn(std::vector<Case>{
                             {"Empty", "", ""},
                             {"Blanks", " \t \n ", ""},
                             {"Simple", "wget -q http://192.0.2.1/a",
                              "[wget][-q][http://192.0.2.1/a]"},
                             {"QuotesJoin", R"(w"g"e't'\x)", "[wgetx]"},
                             {"EmptyWords", R"(a "" '' b)", "[a][][][b]"},
                             {"DoubleQuotes", R"("a \"b\" \$c \d 'e'")", R"([a "b" $c \d 'e'])"},
                             {"SingleQuotes", R"('a \ "b" $c')", R"([a \ "b" $c])"},
                             {"AnsiQuotes", R"($'\x77get' $'it\'s')", "[wget][it's]"},
                             {"TranslatedQuotes", R"(echo $"hi")", "[echo][hi]"},
                             {"Escapes", R"(a\ b \;\| \\)", R"([a b][;|][\])"},
                             {"ContinuedLine", "wg\\\net a\\\n b", "[wget][a][b]"},
                             {"ContinuedWindowsLine", "wget a \\\r\n b", "[wget][a][b]"},
                             {"LoneBackslash", "a\\", "[a\\]"},
                             {"HashInside", "a#b #c", "[a#b]"},
                             {"Comment", "a # b; c\nd", "[a]; [d]"},
                             {"Shebang", "#!/bin/sh\nid", "[id]"},
                             {"DollarsAlone", "a$ $. $", "[a$][$.][$]"},
                             {"LoggedEscape", R"(a\x0d\x0a)", R"([a\x0d\x0a])"},
                             {"Utf8", "echo h\u00e9llo \u4f60", "[echo][h\u00e9llo][\u4f60]"},
                             {"NotUtf8", "echo \xFF\xC3", "[echo][\xFF\xC3]"},
                             {"NoBreakSpace", "wget\u00A0http://a\u3000b", "[wget][http://a][b]"},
                             {"ZeroWidth", "wg\u200Bet\uFEFF a", "[wget][a]"},
                             {"FullWidth", "\uFF57get \u2013q \u201Ca\u201D", "[wget][-q][a]"},
                             {"QuotedSpaceStays", "'a\u00A0b'", "[a\u00A0b]"},
                             {"Nul", std::string("w\0get a", 7), "[wget][a]", Flaw::kJunkBytes},
                             {"Backspaces",
                              "wgte\b\bet a\x7F"
                              "b",
                              "[wget][b]", Flaw::kJunkBytes},
                             {"ArrowKeys", "\x1b[A\x1b[Bls\x1b[C", "[ls]", Flaw::kJunkBytes},
                             {"BracketedPaste", "\x1b[200~id\x1b[201~", "[id]", Flaw::kJunkBytes},
                         }),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Lists, Parser,
    testing::ValuesIn(std::vector<Case>{
        {"Joints", "a;b&c&&d||e\nf", "[a]; [b] & [c] && [d] || [e]; [f]"},
        {"Pipeline", "a|b |& c", "[a] | [b] |& [c]"},
        {"PipelineInList", "a | b && c", "[a] | [b] && [c]"},
        {"LinesAfterOperators", "a &&\n\n b |\n# why\nc", "[a] && [b] | [c]"},
        {"WindowsLines", "a\r\nb\r\n", "[a]; [b]"},
        {"EnterKeys", "a\rb", "[a]; [b]"},
        {"CarriageReturnBeforeOperator", "a\r; b \r\r\n", "[a]; [b]"},
        {"Background", "a & b &", "[a] & [b] &"},
        {"Negated", "! a | b", "! [a] | [b]"},
        {"Time", "time a; time -p { b; }", "[time][a]; {[b]}"},
        {"Prompts", "root@h:~# a\n$ b\n# c", "[a]; [b]"},
        {"PromptTwice", "$ $ id", "[id]"},
        {"Subshell", "(a; b) > f", "([a]; [b])>[f]"},
        {"Group", "{ a; b; } | c", "{[a]; [b]} | [c]"},
        {"GroupNeedsBlank", "{a; b }", "[{a]; [b][}]"},
        {"NestedSubshells", "((a b); (c))", "(([a][b]); ([c]))"},
        {"NestedSubshellsTouching", "((echo a))", "(([echo][a]))"},
        {"Arithmetic", "((x=1+2)) && a", "((x=1+2)) && [a]"},
        {"If", "if a; then b; elif c; then d; else e; fi >f", "if{[a]}{[b]}{[c]}{[d]}{[e]}>[f]"},
        {"IfAcrossLines", "if a\nthen\n b\nfi\nc", "if{[a]}{[b]}; [c]"},
        {"While", "while a; do b; done < f", "loop{[a]}{[b]}<[f]"},
        {"Until", "until a; do b; done | c", "loop{[a]}{[b]} | [c]"},
        {"For", "for x in a b; do c $x; done", "for[x][a][b]{[c][<x>]}"},
        {"ForWithoutItems", "for x; do c; done; for y do d; done", "for[x]{[c]}; for[y]{[d]}"},
        {"ForOnLines", "for x\nin a\ndo\nb\ndone", "for[x][a]{[b]}"},
        {"ForArithmetic", "for ((i=0;i<3;i++)); do a; done", "for{((i=0;i<3;i++))}{[a]}"},
        {"ForBraces", "for x in a; { b; }", "for[x][a]{[b]}"},
        {"Select", "select x in a; do b; done", "for[x][a]{[b]}"},
        {"Case", "case $1 in a|b) c;; (d) e;& *) f;; esac", "case[<1>][a][b][d][*]{[c]}{[e]}{[f]}"},
        {"CaseOnLines", "case x in\n a)\n  b\n  ;;\n c) d\nesac", "case[x][a][c]{[b]}{[d]}"},
        {"CaseEmpty", "case x in esac", "case[x]"},
        {"Function", "f() { a; }; f", "function[f]{{[a]}}; [f]"},
        {"FunctionKeyword", "function f { a; }\nfunction g() (b)",
         "function[f]{{[a]}}; function[g]{([b])}"},
        {"ForkBomb", ":(){ :|:& };:", "function[:]{{[:] | [:] &}}; [:]"},
        {"FunctionBodyOnNextLine", "f ()\n{ a; }", "function[f]{{[a]}}"},
        {"Test", "[[ -f x && $y == a* ]] || b", "[[[][-f][x][&&][<y>][==][a*][]]] || [b]"},
        {"TestRegex", "[[ $x =~ ^(a|b c)$ ]]", "[[[][<x>][=~][^(a|b c)$][]]]"},
        {"Coproc", "coproc a b; coproc N { c; }", "[a][b]; {[c]}"},
        {"ReservedWordsAsArguments", "echo if then fi done { }",
         "[echo][if][then][fi][done][{][}]"},
        {"QuotedReservedWord", R"(\if a; "done")", "[if][a]; [done]"},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Pieces, Parser,
    testing::ValuesIn(std::vector<Case>{
        {"Redirects", "a <b >c 2>>d 2>&1 <>e >|f", "[a]<[b]>[c]2>>[d]2>&[1]<>[e]>[f]"},
        {"RedirectsTouching", "a<b>c", "[a]<[b]>[c]"},
        {"RedirectFirst", ">f a", "[a]>[f]"},
        {"RedirectAlone", ">f", ">[f]"},
        {"AllOutput", "a &>b; a &>>b; a >&b; a >& b", "[a]&>[b]; [a]&>>[b]; [a]&>[b]; [a]&>[b]"},
        {"CloseDescriptor", "a 2>&- <&3-", "[a]2>&[-]<&[3-]"},
        {"DigitsInWord", "echo a2>b", "[echo][a2]>[b]"},
        {"NamedDescriptor", "exec {fd}<>f", "[exec]{fd}<>[f]"},
        {"HereString", "a <<< 'b c'", "[a]<<<[b c]"},
        {"Document", "a <<E\nx\ny\nE\nb", "[a]<<[x\ny\n]; [b]"},
        {"QuotedDocument", "a <<'E' | c\n$x\nE\n", "[a]<<'[$x\n] | [c]"},
        {"TabbedDocument", "a <<-E\n\tx\n\tE\nb", "[a]<<[x\n]; [b]"},
        {"TwoDocuments", "a <<A <<B\n1\nA\n2\nB\nc", "[a]<<[1\n]<<[2\n]; [c]"},
        {"OpenDocument", "a <<E\nx", "[a]<<[x]", Flaw::kOpenDocument},
        {"DocumentInSubstitution", "$(a <<E\nx)\nE\n) b", "[$([a]<<[x)\n])][b]"},
        {"Assignments", "x=1 y='a b' cmd z=2", "x=[1]y=[a b][cmd][z=2]"},
        {"AssignmentAlone", "x= y+=a", "x=[]y+=[a]"},
        {"AssignmentWithExpansion", "x=a$(b)c", "x=[a$([b])c]"},
        {"NoAssignment", R"(1x=2; "x"=1; x\=1)", "[1x=2]; [x=1]; [x=1]"},
        {"Array", "a=(w 'g e' t) b", "a=([w][g e][t])[b]"},
        {"DeclaredArray", "declare -a a=(1 2)", "a=([1][2])[declare][-a]"},
        {"Parameters", "$a ${b} $1 $@ ${c:-d e} $$x", "[<a>][<b>][<1>][<@>][<c:-d e>][<$>x]"},
        {"QuotedParameters", R"("$a b${c}")", "[<a> b<c>]"},
        {"NestedBraces", R"(${a:-${b:-"}"}}x)", R"([<a:-${b:-"}"}>x])"},
        {"Substitution", "a $(b $(c)) `d`", "[a][$([b][$([c])])][$([d])]"},
        {"NestedBackticks", R"(`a \`b\``)", "[$([a][$([b])])]"},
        {"SubstitutionInQuotes", R"x("$(a "b c")")x", "[$([a][b c])]"},
        {"CaseInSubstitution", "$(case x in a) b;; esac)", "[$(case[x][a]{[b]})]"},
        {"ProcessSubstitution", "a <(b) >(c)", "[a][<([b])][>([c])]"},
        {"ArithmeticExpansion", "echo $((1+(2*3))) $[4]", "[echo][$((1+(2*3)))][$((4))]"},
        {"SubshellInSubstitution", "$((a b); c)", "[$(([a][b]); [c])]"},
        {"Brackets", "grep a$[x.y]", "[grep][a$[x.y]]"},
    }),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Broken, Parser,
    testing::ValuesIn(std::vector<Case>{
        {"OpenSingleQuote", "echo 'a; b", "[echo][a; b]", Flaw::kOpenQuote},
        {"OpenDoubleQuote", "echo \"a; b", "[echo][a; b]", Flaw::kOpenQuote},
        {"QuoteAtTheEnd", "wget\"", "[wget]", Flaw::kOpenQuote},
        {"Apostrophe", "echo it's fine; b", "[echo][it's][fine]; [b]", Flaw::kOpenQuote},
        {"OpenSubstitution", "a $(b; c", "[a][$([b]; [c])]", Flaw::kOpenSubstitution},
        {"OpenBacktick", "a `b; c", "[a][$([b]; [c])]", Flaw::kOpenQuote},
        {"OpenBrace", "a ${b; c", "[a][${b]; [c]", Flaw::kOpenQuote},
        {"OpenSubshell", "(a; b", "([a]; [b])", Flaw::kOpenCompound},
        {"OpenLoop", "for i in a b; do", "for[i][a][b]{}", Flaw::kOpenCompound},
        {"OpenIf", "if a; then b", "if{[a]}{[b]}", Flaw::kOpenCompound},
        {"InnerOpen", "{ if a; then b; }; c", "{if{[a]}{[b]}}; [c]", Flaw::kOpenCompound},
        {"StrayDone", "done", "", Flaw::kStrayWord},
        {"StrayWords", "then a; fi; } b", "[a]; [b]", {Flaw::kStrayWord, Flaw::kStrayOperator}},
        {"StrayParenthesis", "a) b", "[a] [b]", Flaw::kStrayOperator},
        {"StrayOperators", "; a ;; b | | c", "[a]; [b] | [c]", Flaw::kStrayOperator},
        {"Unfinished", "a &&", "[a] && ", Flaw::kUnfinished},
        {"UnfinishedPipe", "a |", "[a] | ", Flaw::kUnfinished},
        {"NoTarget", "a >", "[a]>[]", Flaw::kBadRedirect},
        {"NoTargetBeforeOperator", "a > ; b", "[a]>[]; [b]", Flaw::kBadRedirect},
        {"TextBehindSubshell", "(a) b", "([a]) [b]", Flaw::kStrayOperator},
        {"HeaderLine", "User-Agent: x (y; z)", "[User-Agent:][x] ([y]; [z])", Flaw::kStrayOperator},
        {"OpenTest", "[[ a ; b", "[[[][a]; [b]", Flaw::kOpenCompound},
        {"OpenFunction", "f()", "function[f]", Flaw::kOpenCompound},
        {"OpenCase", "case x in a) b", "case[x][a]{[b]}", Flaw::kOpenCompound},
    }),
    [](const auto& row) { return row.param.name; });

std::string times(int count, std::string_view text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

// Whatever is nested without end is read, flat from some depth on.
TEST(ParserDepth, IsBounded) {
  for (const std::string_view opener : {"(",
                                        "$(",
                                        "\"$(",
                                        "`",
                                        "{ ",
                                        "if ",
                                        "while ",
                                        "case x in a) ",
                                        "f() ",
                                        "f() {",
                                        "function f ",
                                        "coproc ",
                                        "time ",
                                        "! ",
                                        "<(",
                                        "((",
                                        "$((",
                                        "${a:-",
                                        "for x in y; do ",
                                        "[[ ",
                                        "a=(",
                                        "[[ x =~ (",
                                        "a | (",
                                        "\\\\`"}) {
    for (const int count : {40, 5000}) {
      const std::string text = times(count, opener) + "id";
      Script script;
      parse(text, script);
      EXPECT_NE(script.root, kNoNode) << opener;
    }
  }
  const std::string text = times(40, "( ") + "id" + times(40, ")");
  Script script;
  parse(text, script);
  EXPECT_TRUE(script.flaws.has(Flaw::kTooDeep));
  EXPECT_THAT(outline(script), testing::HasSubstr("[id]"));
}

TEST(ParserSpans, AreWhereTheTextStands) {
  const std::string text = "  a 'b c' >d | x=1 e`f g`";
  Script script;
  parse(text, script);
  const auto at = [&](Span span) { return text.substr(span.begin, span.size()); };
  std::vector<std::string> words;  // in the order read: those inside first
  for (const Word& word : script.words) words.push_back(at(word.span));
  EXPECT_THAT(words, testing::ElementsAre("a", "'b c'", "1", "f", "g", "e`f g`"));
  EXPECT_EQ(at(script.redirects[0].span), ">d");
  EXPECT_EQ(at(script.assignments[0].span), "x=1");
  std::vector<std::string> commands;
  for (const Node& node : script.nodes) {
    if (node.kind == NodeKind::kSimple) commands.push_back(at(node.span));
  }
  EXPECT_THAT(commands, testing::ElementsAre("a 'b c' >d", "f g", "x=1 e`f g`"));
}

TEST(ParserWord, TakesAnything) {
  Script script;
  parse_word("a; b 'c d' $e", Reading::kArgument, 0, script);
  ASSERT_EQ(script.words.size(), 1U);
  std::string text;
  for (const Part& part : script.parts) text += "[" + std::string(part.text) + "]";
  EXPECT_EQ(text, "[a; b ][c d][ ][e]");

  parse_word("a \"b\" '$c'", Reading::kDocument, 0, script);
  text.clear();
  for (const Part& part : script.parts) text += "[" + std::string(part.text) + "]";
  EXPECT_EQ(text, "[a \"b\" '][c][']");

  parse_word("a \"b\" c", Reading::kQuotedArgument, 0, script);
  text.clear();
  for (const Part& part : script.parts) text += "[" + std::string(part.text) + "]";
  EXPECT_EQ(text, "[a ][b][ c]");
}

// Whatever the bytes, every span lies in the text and every range in its array.
TEST(ParserProperty, ReadsEveryByteSequence) {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>(
          "'", "\"", "`", "$(", "${", "$((", "((", "))", ")", "}", "\\", "\n", "\r", ";", "&", "|",
          "<<E", "<", ">", "if ", "then ", "fi", "do ", "done", "case x in ", "esac", ";;", "{ ",
          "[[ ", "]]", "f()", "a", " ", "x=", "x=(", "#", "$", "E", "$'", "\x1b[", "\b"),
      rc::gen::string<std::string>());
  EXPECT_TRUE(rc::check([&] {
    std::string text;
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
    Script script;
    parse(text, script);
    for (const Node& node : script.nodes) {
      RC_ASSERT(node.span.begin <= node.span.end);
      RC_ASSERT(node.span.end <= text.size());
      RC_ASSERT(node.words.end <= script.words.size());
      RC_ASSERT(node.assignments.end <= script.assignments.size());
      RC_ASSERT(node.redirects.end <= script.redirects.size());
    }
    for (const Word& word : script.words) {
      RC_ASSERT(word.span.begin <= word.span.end);
      RC_ASSERT(word.span.end <= text.size());
      RC_ASSERT(word.parts.end <= script.parts.size());
    }
    outline(script);
  }));
}

}  // namespace
}  // namespace decnet::shell::syntax
