#include "decnet/shell/wrappers.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "decnet/shell/characters.h"

namespace decnet::shell {
namespace {

struct Wrapper {
  std::string_view name;
  std::string_view valued = {};       // short options that take the next word
  std::string_view long_valued = {};  // long ones, between blanks
  std::size_t operands = 0;           // before the command
  bool assigns = false;               // NAME=value may stand before the command
  std::string_view refuses = {};      // short options with which it runs nothing
};

// In ascending order of names.
constexpr std::array kWrappers = {
    Wrapper{"builtin"},
    Wrapper{"busybox"},
    Wrapper{"catchsegv"},
    Wrapper{"chroot", "", "", 1},
    Wrapper{"chrt", "TPD", "", 1},
    Wrapper{"command", "", "", 0, false, "vV"},
    Wrapper{"doas", "uC"},
    Wrapper{"eatmydata"},
    Wrapper{"env", "uCS", " --unset --chdir --split-string ", 0, true},
    Wrapper{"exec", "a"},
    Wrapper{"fakeroot", "lsfu"},
    Wrapper{"firejail"},
    Wrapper{"flock", "wE", " --timeout ", 1, false, "c"},
    Wrapper{"ionice", "cn", " --class --classdata ", 0, false, "pPu"},
    Wrapper{"linux32"},
    Wrapper{"linux64"},
    Wrapper{"nice", "n", " --adjustment "},
    Wrapper{"nohup"},
    Wrapper{"nsenter", "tSG", " --target --setuid --setgid "},
    Wrapper{"pkexec", "", " --user "},
    Wrapper{"proot", "rbwR"},
    Wrapper{"proxychains", "f"},
    Wrapper{"proxychains4", "f"},
    Wrapper{"rlwrap"},
    Wrapper{"runuser", "ugG", " --user --group ", 0, false, "c"},
    Wrapper{"setarch", "", "", 1},
    Wrapper{"setpriv", "", " --reuid --regid --groups "},
    Wrapper{"setsid"},
    Wrapper{"stdbuf", "ioe", " --input --output --error "},
    Wrapper{"strace", "eopPsu"},
    Wrapper{"sudo", "ugpCrtTUDRha", " --user --group --prompt --chdir --host --role --type ", 0,
            true, "lvVKek"},
    Wrapper{"systemd-run", "pEMHu", " --unit --property --setenv --uid --gid "},
    Wrapper{"taskset", "", "", 1, false, "p"},
    Wrapper{"time", "fo", " --format --output "},
    Wrapper{"timeout", "sk", " --signal --kill-after ", 1},
    Wrapper{"torify"},
    Wrapper{"torsocks"},
    Wrapper{"toybox"},
    Wrapper{"tsocks"},
    Wrapper{"unbuffer"},
    Wrapper{"unshare", "SG", " --setuid --setgid --root --wd "},
    Wrapper{"xargs", "IEndPsLa", " --arg-file --delimiter --max-args --max-procs --replace "},
};

bool is_assignment(std::string_view word) {
  const std::size_t name = name_length(word);
  return name != 0 && name < word.size() && word[name] == '=';
}

// The words an option takes, itself included; 0 when with it the wrapper runs nothing.
std::size_t option_length(const Wrapper& wrapper, std::string_view option) {
  if (option.starts_with("--")) {
    if (option.find('=') != std::string_view::npos) return 1;
    // " --name " with its blanks, so that no name matches inside another.
    const std::size_t at = wrapper.long_valued.find(option);
    const bool valued = at != std::string_view::npos && wrapper.long_valued[at - 1] == ' ' &&
                        wrapper.long_valued[at + option.size()] == ' ';
    return valued ? 2 : 1;
  }
  for (std::size_t i = 1; i < option.size(); ++i) {
    if (wrapper.refuses.find(option[i]) != std::string_view::npos) return 0;
    if (wrapper.valued.find(option[i]) != std::string_view::npos) {
      return i + 1 == option.size() ? 2 : 1;  // its value may be attached
    }
  }
  return 1;
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The name without a version: python3.11.
std::string_view without_version(std::string_view name) {
  while (!name.empty() && (is_digit(name.back()) || name.back() == '.')) name.remove_suffix(1);
  return name;
}

}  // namespace

std::size_t wrapped_command(std::span<const std::string_view> words) {
  if (words.size() < 2) return 0;
  const auto* const wrapper = std::lower_bound(
      kWrappers.begin(), kWrappers.end(), words[0],
      [](const Wrapper& entry, std::string_view name) { return entry.name < name; });
  if (wrapper == kWrappers.end() || wrapper->name != words[0]) return 0;
  std::size_t at = 1;
  while (at < words.size() && words[at].size() > 1 && words[at].front() == '-') {
    if (words[at] == "--") {
      ++at;
      break;
    }
    const std::size_t length = option_length(*wrapper, words[at]);
    if (length == 0) return 0;
    at += length;
  }
  if (wrapper->assigns) {
    while (at < words.size() && (is_assignment(words[at]) || words[at] == "-")) ++at;
  }
  at += wrapper->operands;
  return at < words.size() && !words[at].empty() ? at : 0;
}

std::span<const std::string_view> shell_names() {
  static constexpr std::string_view kShells[] = {"sh",   "bash", "ash",   "dash", "ksh",
                                                 "zsh",  "mksh", "rbash", "csh",  "tcsh",
                                                 "fish", "hush", "lash",  "ksh93"};
  return kShells;
}

bool is_shell(std::string_view name) { return is_one_of(name, shell_names()); }

bool is_script_language(std::string_view name) {
  static constexpr std::string_view kLanguages[] = {"python", "perl", "php",    "ruby",
                                                    "node",   "lua",  "nodejs", "pypy"};
  if (name.empty() || std::string_view("plrn").find(name.front()) == std::string_view::npos) {
    return false;
  }
  return is_one_of(without_version(name), kLanguages);
}

}  // namespace decnet::shell
