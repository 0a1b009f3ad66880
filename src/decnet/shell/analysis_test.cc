#include "decnet/shell/analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::shell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(const Analysis& analysis, TextKind kind) {
  std::vector<std::string> out;
  for (const Text& text : analysis.texts(kind)) out.emplace_back(text.text);
  return out;
}

std::vector<std::string> texts(std::string_view text, TextKind kind) {
  Analysis analysis;
  analysis.run(text);
  return texts(analysis, kind);
}

std::string line_of(std::string_view text) {
  const auto lines = texts(text, TextKind::kCommandLine);
  return lines.empty() ? "" : lines.front();
}

struct Case {
  const char* name;
  std::string text;
  std::string line;
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.text; }

class NormalForm : public testing::TestWithParam<Case> {};

TEST_P(NormalForm, IsAsWanted) {
  EXPECT_EQ(line_of(GetParam().text), GetParam().line);
  EXPECT_EQ(line_of(GetParam().line), GetParam().line) << "of the canonical text itself";
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Words, NormalForm,
                         testing::ValuesIn(std::vector<Case>{
                             {"Plain", "wget -q http://192.0.2.1/a", "wget -q http://192.0.2.1/a"},
                             {"Blanks", "  wget   -q \t x ", "wget -q x"},
                             {"QuotesInside", R"(w"g"e't' "-q" 'x')", "wget -q x"},
                             {"Backslashes", R"(\w\g\e\t x)", "wget x"},
                             {"AnsiQuotes", R"($'\x77\147et' $'x\ty')", "wget 'x\ty'"},
                             {"Blank", R"(echo "a b" c\ d)", "echo 'a b' 'c d'"},
                             {"Operators", R"(echo 'a>b' "x|y" \;)", "echo 'a>b' 'x|y' ';'"},
                             {"QuoteInside", R"(echo "it's")", R"(echo 'it'\''s')"},
                             {"Empty", R"(echo "" '')", "echo '' ''"},
                             {"LiteralDollar", R"(echo '$HOME' \$x "\$y" 5$)",
                              "echo '$HOME' '$x' '$y' 5$"},
                             {"LiteralBraces", R"(echo '{a,b}' {} "{a}")", "echo '{a,b}' {} {a}"},
                             {"Hash", R"(echo '#a' b#c)", "echo '#a' b#c"},
                             {"Globs", R"(ls *.txt '*.c' a?[bc])", "ls *.txt *.c a?[bc]"},
                             {"Tilde", "cat ~/.ssh/id_rsa ~bob", "cat ~/.ssh/id_rsa ~bob"},
                             {"Json", R"(curl -d '{"a":1,"b":2}')", R"(curl -d '{"a":1,"b":2}')"},
                             {"LooksLikePrompt", R"("$" id)", "'$' id"},
                             {"ReservedWord", R"("if" a; 'x=1' b)", "'if' a ; 'x=1' b"},
                             {"NotAscii", "echo h\u00e9 'a\u00A0b'", "echo h\u00e9 'a\u00A0b'"},
                             {"LoggedLineEnd", R"(wget x\x0d\x0a)", "wget 'x\n'"},
                         }),
                         name_of);

INSTANTIATE_TEST_SUITE_P(
    Names, NormalForm,
    testing::ValuesIn(std::vector<Case>{
        {"SystemPath", "/usr/bin/wget x; /bin/cat y; /system/bin/sh z", "wget x ; cat y ; sh z"},
        {"OddPath", "/bin/./cat /usr//bin/../bin/id", "cat /usr/bin/id"},
        {"DroppedFile", "./x; /tmp/y; ~/z; x/y", "./x ; /tmp/y ; ~/z ; x/y"},
        {"PathArgument", "cat /etc//passwd /etc/./shadow /var/../etc/hosts",
         "cat /etc/passwd /etc/shadow /etc/hosts"},
        {"UrlArgument", "wget http://a//b", "wget http://a//b"},
        {"NetworkPath", "smbclient //192.0.2.1/x", "smbclient //192.0.2.1/x"},
        {"Globbed", "/bin/c?t /etc/p?sswd; /b?n/w[g]et x", "cat /etc/passwd ; wget x"},
        {"AmbiguousGlob", "/bin/?? /etc/*", "/bin/?? /etc/*"},
        {"Busybox", "/bin/busybox wget x; busybox", "wget x ; busybox"},
        {"Wrappers", "sudo -u root nohup wget x", "wget x"},
        {"Environment", "env -i A=1 B=2 sh x", "sh x"},
        {"Timeout", "timeout -s KILL 5 ./x", "./x"},
        {"Xargs", "ls | xargs -n1 -I{} rm {}", "ls | rm {}"},
        {"SudoAlone", "sudo -l; sudo -s", "sudo -l ; sudo -s"},
        {"LookUp", "command -v wget; command wget x", "command -v wget ; wget x"},
        {"ExecRedirect", "exec 3>&1; exec ./x", "exec 3>&1 ; ./x"},
        {"Alias", "alias g='wget -q'; g x", "alias 'g=wget -q' ; wget -q x"},
        {"AliasOfItself", "alias ls='ls -a'; ls x", "alias 'ls=ls -a' ; ls x"},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Expansions, NormalForm,
    testing::ValuesIn(std::vector<Case>{
        {"Constant", "a=wg; b=et; $a$b x", "a=wg ; b=et ; wget x"},
        {"ConstantInBraces", R"(a=wg; ${a}et "${a}x y")", "a=wg ; wget 'wgx y'"},
        {"Splits", R"(c="cat /etc/passwd"; $c "$c")",
         "c='cat /etc/passwd' ; cat /etc/passwd 'cat /etc/passwd'"},
        {"Unknown", R"(cat $HOME/.x "$1" ${y} "${y}z")", "cat $HOME/.x $1 $y ${y}z"},
        {"UnknownWithBlank", R"(echo "a $HOME b")", "echo 'a $HOME b'"},
        {"Ifs", "cat$IFS/etc/passwd; cat${IFS}x", "cat /etc/passwd ; cat x"},
        {"IfsAndPositional", "cat$IFS$9/etc/passwd; who$@ami; wg$1et; id$@",
         "cat /etc/passwd ; whoami ; wget ; id"},
        {"OwnIfs", "IFS=,; a=uname,-a; $a", "IFS=, ; a=uname,-a ; uname -a"},
        {"UnsetInside", "wh${u}oami; cat /etc/pa${x}sswd", "whoami ; cat /etc/passwd"},
        {"Default", "${x:-wget} y; ${x-id}", "wget y ; id"},
        {"DefaultOfKnown", "x=id; ${x:-w}; ${x:+w}", "x=id ; id ; w"},
        {"AssignsDefault", "${x:=id}; $x", "id ; id"},
        {"Substring", "a=xcaty; ${a:1:3} x", "a=xcaty ; cat x"},
        {"SubstringOfPath", "cat ${HOME:0:1}etc${PATH:0:1}passwd", "cat /etc/passwd"},
        {"CutOff", "a=cat.txt; ${a%.*} x; ${a##*.}", "a=cat.txt ; cat x ; txt"},
        {"Replaced", "a=wXgXet; ${a//X/} y; a=ls_; ${a/_/ -l}",
         "a=wXgXet ; wget y ; a=ls_ ; ls -l"},
        {"Cased", "a=WHOAMI; ${a,,}", "a=WHOAMI ; whoami"},
        {"Length", "a=abc; echo ${#a}", "a=abc ; echo 3"},
        {"Indirect", "a=b; b=id; ${!a}", "a=b ; b=id ; id"},
        {"Braces", "{cat,/etc/passwd}; echo a{b,c}d {1..3} x{,y}",
         "cat /etc/passwd ; echo abd acd 1 2 3 x xy"},
        {"BracesInQuotes", R"(echo {a,"b c"} {a b})", "echo a 'b c' {a b}"},
        {"Substitution", "$(echo wget) x; `printf %s id`", "wget x ; id"},
        {"SubstitutionStays", R"-(echo $(id -u) "$(cat  'x y')")-", "echo $(id -u) $(cat 'x y')"},
        {"SubstitutionWithText", R"-(echo "at $(date) x")-", "echo 'at $(date) x'"},
        {"EmptySubstitution", "wh$()oami", "whoami"},
        {"DecodedSubstitution", "$(echo d2dldA== | base64 -d) x", "wget x"},
        {"Process", "diff <(a  b) >(c)", "diff <(a b) >(c)"},
        {"Arithmetic", "echo $((1+2)); ((x=1))", "echo $((1+2)) ; ((x=1))"},
        {"LoopOverOne", "for x in wget; do $x y; done", "wget y"},
        {"LoopOverMany", "for x in a b; do echo $x; done", "echo $x"},
        {"Doubling", "a=b; a=$a$a; a=$a$a; echo $a", "a=b ; a=bb ; a=bbbb ; echo bbbb"},
        {"PrintfVariable", R"(printf -v a '\x69d'; $a)", R"(printf -v a '\x69d' ; id)"},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Lists, NormalForm,
    testing::ValuesIn(std::vector<Case>{
        {"Joints", "a;b&c&&d||e\nf", "a ; b & c && d || e ; f"},
        {"Background", "a & b&", "a & b &"},
        {"Pipeline", "a|b |& c", "a | b 2>&1 | c"},
        {"Group", "{ a; b; } | c; (d; e) && f", "a ; b | c ; d ; e && f"},
        {"If", "if a; then b; else c; fi | d", "a ; b ; c | d"},
        {"Loops", "while a; do b; done; for i in 1 2; do c; done", "a ; b ; c"},
        {"Case", "case $1 in a) b;; *) c;; esac", "b ; c"},
        {"Function", "f() { wget x; }; f", "wget x ; f"},
        {"Test", "[[ -f x && $y == a* ]] && b", "[[ -f x && $y == a* ]] && b"},
        {"Comment", "a # b\nc", "a ; c"},
        {"ReadFromPipe", "cat x | while read l; do wget $l; done", "cat x | read l ; wget $l"},
        {"GroupRedirect", "{ a; b; } > f 2>&1", "a ; b > f 2>&1"},
        {"Assignments", "x=1 y='a b' cmd z=2", "x=1 ; y='a b' ; cmd z=2"},
        {"Array", "a=(w 'g e' t)", "a=(w 'g e' t)"},
        {"Continued", "wg\\\net a \\\n b", "wget a b"},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Redirections, NormalForm,
    testing::ValuesIn(std::vector<Case>{
        {"BehindArguments", ">f echo a 2>/dev/null b <g", "echo a b > f 2> /dev/null < g"},
        {"Forms", "a >>b 1>c 2>&1 >&2 &>d >|e <>f >&-", "a >> b > c 2>&1 >&2 &> d > e <> f >&-"},
        {"Quoted", R"(a > "b c" >'d')", "a > 'b c' > d"},
        {"Alone", "> /var/log/wtmp", "> /var/log/wtmp"},
        {"HereString", "cat <<<\"a b\"", "cat <<< 'a b'"},
        {"Document", "cat <<E > f\na\nb c\nE\nd", "cat <<< 'a\nb c' > f ; d"},
        {"DocumentExpands", "x=1; cat <<E\n$x\nE", "x=1 ; cat <<< 1"},
        {"DocumentInQuotes", "x=1; cat <<'E'\n$x\nE", "x=1 ; cat <<< '$x'"},
        {"Path", "echo x >> /etc//./crontab", "echo x >> /etc/crontab"},
    }),
    name_of);

TEST(SimpleCommands, AreListedOneByOne) {
  EXPECT_THAT(texts("a 'b c' | d > e; f", TextKind::kSimpleCommand),
              ElementsAre("a 'b c'", "d > e", "f"));
  EXPECT_THAT(texts("a | b; c", TextKind::kPipeline), ElementsAre("a | b", "c"));
  EXPECT_THAT(texts("/bin/a b > x; c", TextKind::kArgv0), ElementsAre("a", "c"));
  EXPECT_THAT(texts("a b 'c d' > x; e", TextKind::kArgs), ElementsAre("b 'c d'"));
  EXPECT_THAT(texts("a >>b 2>&1 <c", TextKind::kRedirect), ElementsAre(">> b", "2>&1", "< c"));
}

TEST(SimpleCommands, StandWithAndWithoutTheirWrapper) {
  EXPECT_THAT(texts("sudo env X=1 cat /etc/shadow > f", TextKind::kSimpleCommand),
              ElementsAre("sudo env X=1 cat /etc/shadow > f", "env X=1 cat /etc/shadow > f", "X=1",
                          "cat /etc/shadow > f"));
  EXPECT_THAT(texts("a | sudo tee x", TextKind::kPipeline), ElementsAre("a | tee x"));
  EXPECT_THAT(texts("a; sudo tee x; b", TextKind::kCommandLine),
              ElementsAre("a ; tee x ; b", "a ; sudo tee x ; b"));
}

TEST(SimpleCommands, OfSubstitutionsAreListed) {
  EXPECT_THAT(texts("echo $(id -u; w) <(c) `d`", TextKind::kSimpleCommand),
              ElementsAre("id -u", "w", "c", "d", "echo $(id -u ; w) <(c) $(d)"));
}

TEST(SimpleCommands, AssignmentsAreSome) {
  EXPECT_THAT(texts("export HISTFILE=/dev/null", TextKind::kSimpleCommand),
              ElementsAre("HISTFILE=/dev/null", "export HISTFILE=/dev/null"));
  EXPECT_THAT(texts("HISTSIZE=0 bash | X=1 b", TextKind::kSimpleCommand), Contains("X=1"));
}

struct LayerCase {
  const char* name;
  std::string text;
  std::string label;  // of the last layer
  std::string line;   // its canonical text
};
void PrintTo(const LayerCase& row, std::ostream* out) { *out << row.text; }

class Layers : public testing::TestWithParam<LayerCase> {};

TEST_P(Layers, AreOpened) {
  Analysis analysis;
  analysis.run(GetParam().text);
  const auto lines = analysis.texts(TextKind::kCommandLine);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back().text, GetParam().line);
  EXPECT_EQ(analysis.layers()[lines.back().layer].label, GetParam().label);
}

INSTANTIATE_TEST_SUITE_P(
    Run, Layers,
    testing::ValuesIn(std::vector<LayerCase>{
        {"None", "wget x", "normal", "wget x"},
        {"ShellOption", "sh -c 'cd /tmp; w\"g\"et x'", "sh -c", "cd /tmp ; wget x"},
        {"ShellBundle", "/bin/bash -lc \"id\" x", "sh -c", "id"},
        {"Eval", "eval 'wg'\"et x\"", "eval", "wget x"},
        {"EvalOfVariable", "a='wget x'; eval \"$a;id\"", "eval", "wget x ; id"},
        {"Document", "bash -s <<'E'\nid\nE", "here-document", "id"},
        {"DocumentThroughCat", "cat <<E | sh\nid\nE", "pipe", "id"},
        {"HereString", "sh <<< 'id -u'", "here-document", "id -u"},
        {"EchoPipe", "echo 'wget x' | sh", "pipe", "wget x"},
        {"Source", "source <(echo id)", "source", "id"},
        {"ShellOfProcess", "bash <(echo id)", "source", "id"},
        {"SourceStdin", "echo id | . /dev/stdin", "pipe", "id"},
        {"Trap", "trap 'rm -f x' EXIT", "trap", "rm -f x"},
        {"Su", "su - bob -c 'id -u'", "sh -c", "id -u"},
        {"Find", "find / -name x -exec cat '{}' \\;", "find -exec", "cat {}"},
        {"Nested", "sh -c \"sh -c 'sh -c id'\"", "sh -c", "id"},
        {"XargsShell", "echo x | xargs sh -c 'rm x'", "sh -c", "rm x"},
        {"PythonSystem", "python3 -c 'import os; os.system(\"wget x\")'", "program", "wget x"},
        {"PerlBackticks", "perl -e 'print `id`'", "program", "id"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Layers, AreAnalysedOnce) {
  Analysis analysis;
  analysis.run("eval id; eval id; sh -c id");
  EXPECT_EQ(analysis.layers().size(), 2U);
}

TEST(Layers, NormalFormIsTheFirst) {
  Analysis analysis;
  analysis.run("id");
  ASSERT_EQ(analysis.layers().size(), 1U);
  EXPECT_EQ(analysis.layers()[0].label, "normal");
  EXPECT_THAT(texts(analysis, TextKind::kDecoded), IsEmpty());
}

}  // namespace
}  // namespace decnet::shell
