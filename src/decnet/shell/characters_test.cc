#include "decnet/shell/characters.h"

#include <gtest/gtest.h>

namespace decnet::shell {
namespace {

struct PromptCase {
  std::string name;
  std::string line;
  std::string rest;  // what is left without the prompt
};
void PrintTo(const PromptCase& row, std::ostream* out) { *out << row.line; }

class Prompts : public testing::TestWithParam<PromptCase> {};

TEST_P(Prompts, AreTakenOff) {
  const auto& row = GetParam();
  EXPECT_EQ(row.line.substr(prompt_length(row.line)), row.rest);
}

INSTANTIATE_TEST_SUITE_P(Pasted, Prompts,
                         testing::ValuesIn(std::vector<PromptCase>{
                             {"Dollar", "$ wget x", "wget x"},
                             {"Debian", "root@svr04:~# wget x", "wget x"},
                             {"DebianUser", "pi@raspberrypi:~/bin$ ls", "ls"},
                             {"DebianPath", "www-data@web.example.org:/var/www$ id", "id"},
                             {"RedHat", "[root@localhost ~]# id", "id"},
                             {"RedHatUser", "[bob@h tmp]$ id", "id"},
                             {"Gentoo", "root@host ~ # id", "id"},
                             {"Fish", "bob@host ~> id", "bob@host ~> id"},
                             {"Juniper", "admin@router> show version", "show version"},
                             {"Bash", "bash-5.2$ id", "id"},
                             {"LoginBash", "-bash-4.2# id", "id"},
                             {"Sh", "sh-3.2# id", "id"},
                             {"BusyboxRoot", "/ # id", "id"},
                             {"BusyboxHome", "~ $ id", "id"},
                             {"Router", "Router# show run", "show run"},
                             {"RouterMode", "switch(config-if)# shutdown", "shutdown"},
                             {"Alone", "root@host:~#", ""},
                         }),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Scripts, Prompts,
                         testing::ValuesIn(std::vector<PromptCase>{
                             {"Comment", "# wget x", "# wget x"},
                             {"Variable", "$x y", "$x y"},
                             {"Test", "[ -f x ] && y", "[ -f x ] && y"},
                             {"Path", "/bin/ls # list", "/bin/ls # list"},
                             {"Scp", "root@host:file x", "root@host:file x"},
                             {"Mail", "root@host foo", "root@host foo"},
                             {"Redirect", "foo> x", "foo> x"},
                             {"HashInside", "a#b c", "a#b c"},
                             {"HashAtTheEnd", "abc#", "abc#"},
                             {"Quoted", "a@b:'x y'# z", "a@b:'x y'# z"},
                             {"Empty", "", ""},
                             {"Function", "f(x)", "f(x)"},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(Prompts, MayBeLongerThanAnyLine) {
  const std::string line = "a@" + std::string(100000, 'b') + ":~# id";
  EXPECT_EQ(prompt_length(line), 0U);
  EXPECT_EQ(prompt_length("[" + std::string(100000, '@')), 0U);
}

TEST(LookAlikes, StandForAscii) {
  const auto read = [](std::string_view text) {
    const LookAlike found = look_alike(text);
    return std::pair(found.length, found.ascii);
  };
  using Pair = std::pair<std::size_t, char>;
  EXPECT_EQ(read("\u00A0x"), Pair(2, ' '));
  EXPECT_EQ(read("\u3000"), Pair(3, ' '));
  EXPECT_EQ(read("\u2003"), Pair(3, ' '));
  EXPECT_EQ(read("\u200B"), Pair(3, '\0'));
  EXPECT_EQ(read("\uFEFF"), Pair(3, '\0'));
  EXPECT_EQ(read("\u201C"), Pair(3, '\0'));
  EXPECT_EQ(read("\u2013"), Pair(3, '-'));
  EXPECT_EQ(read("\u2212"), Pair(3, '-'));
  EXPECT_EQ(read("\uFF57"), Pair(3, 'w'));
  EXPECT_EQ(read("\uFF5E"), Pair(3, '~'));
  EXPECT_EQ(read("\uFF5F").first, 0U);
  EXPECT_EQ(read("\u00E9").first, 0U);
  EXPECT_EQ(read("\u2603").first, 0U);
  EXPECT_EQ(read("w").first, 0U);
  EXPECT_EQ(read("").first, 0U);
  EXPECT_EQ(read("\xC2").first, 0U);
  EXPECT_EQ(read("\xE2\x80").first, 0U);
}

TEST(ControlSequences, AreMeasured) {
  EXPECT_EQ(control_sequence_length("\x1b[A"), 3U);
  EXPECT_EQ(control_sequence_length("\x1b[200~wget"), 6U);
  EXPECT_EQ(control_sequence_length("\x1b[1;31mx"), 7U);
  EXPECT_EQ(control_sequence_length("\x1bOA"), 3U);
  EXPECT_EQ(control_sequence_length("\x1bx"), 1U);
  EXPECT_EQ(control_sequence_length("\x1b"), 0U);
  EXPECT_EQ(control_sequence_length("\x1b[1;"), 4U);
  EXPECT_EQ(control_sequence_length("x"), 0U);
}

}  // namespace
}  // namespace decnet::shell
