#include "decnet/shell/flow_words.h"

#include <algorithm>

namespace decnet::shell {

std::string_view base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

std::string_view url_name(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t slash = url.rfind('/');
  if (slash == std::string_view::npos || slash < host || slash + 1 == url.size()) {
    return "index.html";
  }
  return url.substr(slash + 1);
}

std::optional<std::string_view> option_value(Words words, char letter, std::string_view name) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!is_option(word)) continue;
    if (word[1] == '-') {
      if (name.empty() || !word.starts_with(name)) continue;
      if (word.size() > name.size() && word[name.size()] == '=')
        return word.substr(name.size() + 1);
      if (word.size() == name.size() && i + 1 < words.size()) return words[i + 1];
      continue;
    }
    const std::size_t at = word.find(letter, 1);
    if (at == std::string_view::npos) continue;
    if (at + 1 < word.size()) return word.substr(at + 1);
    if (i + 1 < words.size()) return words[i + 1];
  }
  return std::nullopt;
}

bool has_letter(Words words, char letter) {
  return std::any_of(words.begin() + 1, words.end(), [letter](std::string_view word) {
    return is_option(word) && word[1] != '-' && word.find(letter, 1) != std::string_view::npos;
  });
}

bool mode_runs(std::string_view mode) {
  if (mode.find_first_not_of("01234567") == std::string_view::npos) {
    return std::any_of(mode.begin(), mode.end(), [](char c) { return (c - '0') % 2 == 1; });
  }
  return mode.find('+') != std::string_view::npos ? mode.find('x') != std::string_view::npos
                                                  : mode.find("=rwx") != std::string_view::npos;
}

bool mode_sets_user(std::string_view mode) {
  if (mode.find_first_not_of("01234567") == std::string_view::npos) {
    return mode.size() == 4 && mode.front() >= '4';
  }
  return mode.find("+s") != std::string_view::npos || mode.find("=s") != std::string_view::npos ||
         mode.find("xs") != std::string_view::npos;
}

std::string_view persistence_of(std::string_view path) {
  const auto within = [path](std::string_view directory) { return path.starts_with(directory); };
  if (within("/etc/cron") || within("/var/spool/cron")) return "persisted-cron";
  if (within("/etc/systemd/") || within("/lib/systemd/") || within("/usr/lib/systemd/") ||
      path.find("/.config/systemd/") != std::string_view::npos) {
    return "persisted-systemd";
  }
  if (within("/etc/init.d") || within("/etc/rc") || within("/etc/init/") ||
      path == "/etc/inittab") {
    return "persisted-init";
  }
  if (path == "/etc/ld.so.preload") return "persisted-preload";
  static constexpr std::string_view kProfiles[] = {".bashrc",     ".profile", ".bash_profile",
                                                   ".bash_login", ".zshrc",   ".bash_logout",
                                                   "bash.bashrc"};
  const std::string_view name = base_name(path);
  const bool profile =
      std::find(std::begin(kProfiles), std::end(kProfiles), name) != std::end(kProfiles);
  return profile || within("/etc/profile") ? "persisted-profile" : std::string_view();
}

}  // namespace decnet::shell
