#include "decnet/shell/globs.h"

#include <algorithm>

#include "decnet/shell/quoting.h"

namespace decnet::shell {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Programs as they are met in a system directory, and files, whose names are worth hiding.
constexpr std::string_view kPrograms[] = {
    "awk",      "base64",  "bash",     "busybox", "cat",       "chattr",   "chmod",   "chown",
    "cp",       "crontab", "curl",     "dash",    "dd",        "dmesg",    "echo",    "env",
    "find",     "free",    "ftpget",   "gcc",     "grep",      "gunzip",   "gzip",    "head",
    "hostname", "id",      "ifconfig", "insmod",  "ip",        "iptables", "kill",    "killall",
    "last",     "less",    "ln",       "ls",      "lscpu",     "mkdir",    "more",    "mount",
    "mv",       "nc",      "netcat",   "netstat", "nmap",      "nohup",    "openssl", "passwd",
    "perl",     "php",     "ping",     "pkill",   "ps",        "python",   "python3", "rm",
    "rmdir",    "ruby",    "scp",      "sed",     "service",   "sh",       "sleep",   "socat",
    "ss",       "ssh",     "su",       "sudo",    "systemctl", "tail",     "tar",     "tee",
    "telnet",   "tftp",    "touch",    "tr",      "uname",     "uptime",   "useradd", "usermod",
    "vi",       "w",       "wget",     "which",   "who",       "whoami",   "xxd",     "zcat"};

constexpr std::string_view kFiles[] = {"/etc/passwd",
                                       "/etc/shadow",
                                       "/etc/group",
                                       "/etc/gshadow",
                                       "/etc/sudoers",
                                       "/etc/hosts",
                                       "/etc/hostname",
                                       "/etc/issue",
                                       "/etc/os-release",
                                       "/etc/resolv.conf",
                                       "/etc/crontab",
                                       "/etc/ssh/sshd_config",
                                       "/etc/ld.so.preload",
                                       "/etc/rc.local",
                                       "/etc/profile",
                                       "/etc/fstab",
                                       "/proc/cpuinfo",
                                       "/proc/meminfo",
                                       "/proc/version",
                                       "/proc/mounts",
                                       "/root/.ssh/id_rsa",
                                       "/var/log/auth.log",
                                       "/var/log/wtmp",
                                       "/root/.bash_history",
                                       "/root/.ssh/authorized_keys"};

// A set at `at`, behind its bracket: whether it holds `c`, and where the pattern goes on; kNone
// when no bracket closes it.
std::size_t match_set(std::string_view pattern, std::size_t at, char c, bool& held) {
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) {
      held = found != negated;
      return at + 1;
    }
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      found = found || (pattern[at] <= c && c <= pattern[at + 2]);
      at += 3;
    } else {
      found = found || pattern[at] == c;
      ++at;
    }
  }
  return kNone;
}

// Where the pattern goes on when its piece at `at`, which is no *, takes `c`; else kNone.
std::size_t take(std::string_view pattern, std::size_t at, char c, bool paths) {
  const char p = pattern[at];
  if (p == '?') return paths && c == '/' ? kNone : at + 1;
  if (p == '[') {
    bool held = false;
    const std::size_t behind = match_set(pattern, at + 1, c, held);
    if (behind != kNone) return held && !(paths && c == '/') ? behind : kNone;
  }
  if (p == '\\' && at + 1 < pattern.size()) return pattern[at + 1] == c ? at + 2 : kNone;
  return p == c ? at + 1 : kNone;
}

// Whether enough of the pattern is letters for a guess.
bool says_enough(std::string_view pattern) {
  const auto letters = std::count_if(pattern.begin(), pattern.end(), [](char c) {
    return c != '*' && c != '?' && c != '[' && c != ']' && c != '/';
  });
  return letters >= 2;
}

}  // namespace

bool has_glob(std::string_view text) { return text.find_first_of("*?[") != kNone; }

bool glob_matches(std::string_view pattern, std::string_view text, bool paths) {
  if (pattern.size() > kMaxGlobBytes || text.size() > kMaxGlobBytes) return false;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = kNone;  // where the pattern goes on behind the last *
  std::size_t taken = 0;     // up to where that * took the text
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      taken = t;
      continue;
    }
    const std::size_t next = p < pattern.size() ? take(pattern, p, text[t], paths) : kNone;
    if (next != kNone) {
      p = next;
      ++t;
      continue;
    }
    if (star == kNone || (paths && text[taken] == '/')) return false;
    p = star;
    t = ++taken;
  }
  return pattern.find_first_not_of('*', p) == kNone;
}

std::optional<std::string_view> known_program(std::string_view pattern) {
  const std::size_t slash = pattern.rfind('/');
  if (slash == kNone || pattern.front() != '/') return std::nullopt;
  // The directory may be written as a pattern too, "/???/c?t".
  const std::string_view directory = pattern.substr(0, slash);
  const bool known =
      std::ranges::any_of(std::initializer_list<std::string_view>{"/bin", "/usr/bin", "/sbin",
                                                                  "/usr/sbin", "/usr/local/bin"},
                          [&](std::string_view one) { return glob_matches(directory, one, true); });
  if (!known) return std::nullopt;
  const std::string_view name = pattern.substr(slash + 1);
  std::optional<std::string_view> found;
  for (const std::string_view program : kPrograms) {
    if (!glob_matches(name, program)) continue;
    if (found) return std::nullopt;
    found = program;
  }
  return found;
}

std::optional<std::string_view> known_file(std::string_view pattern) {
  if (pattern.empty() || pattern.front() != '/' || !says_enough(pattern)) return std::nullopt;
  std::optional<std::string_view> found;
  for (const std::string_view file : kFiles) {
    if (!glob_matches(pattern, file, true)) continue;
    if (found) return std::nullopt;
    found = file;
  }
  return found;
}

}  // namespace decnet::shell
