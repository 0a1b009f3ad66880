#include "decnet/shell/flow.h"

#include <algorithm>
#include <array>
#include <optional>

#include "decnet/shell/analysing.h"
#include "decnet/shell/characters.h"
#include "decnet/shell/globs.h"
#include "decnet/shell/wrappers.h"

namespace decnet::shell {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::size_t kMaxTextBytes = 4096;  // of what is written that is searched for paths

enum class Verb : std::uint8_t {
  kNone,
  kChangeDirectory,
  kFetch,
  kCopy,
  kCompile,
  kUnpack,
  kChangeMode,
  kRemove,
  kRunArgument,
  kCrontab,
  kTee,
  kCopyBlocks,
};

struct Known {
  std::string_view name;
  Verb verb;
};
// In ascending order of names.
constexpr std::array kKnown = {
    Known{".", Verb::kRunArgument},
    Known{"aria2c", Verb::kFetch},
    Known{"axel", Verb::kFetch},
    Known{"cc", Verb::kCompile},
    Known{"cd", Verb::kChangeDirectory},
    Known{"chmod", Verb::kChangeMode},
    Known{"clang", Verb::kCompile},
    Known{"cp", Verb::kCopy},
    Known{"crontab", Verb::kCrontab},
    Known{"curl", Verb::kFetch},
    Known{"dd", Verb::kCopyBlocks},
    Known{"fetch", Verb::kFetch},
    Known{"ftpget", Verb::kFetch},
    Known{"g++", Verb::kCompile},
    Known{"gcc", Verb::kCompile},
    Known{"gunzip", Verb::kUnpack},
    Known{"install", Verb::kCopy},
    Known{"lwp-download", Verb::kFetch},
    Known{"mv", Verb::kCopy},
    Known{"rm", Verb::kRemove},
    Known{"scp", Verb::kFetch},
    Known{"shred", Verb::kRemove},
    Known{"source", Verb::kRunArgument},
    Known{"tar", Verb::kUnpack},
    Known{"tee", Verb::kTee},
    Known{"tftp", Verb::kFetch},
    Known{"unlink", Verb::kRemove},
    Known{"unzip", Verb::kUnpack},
    Known{"wget", Verb::kFetch},
};

Verb verb_of(std::string_view name) {
  const auto* const found = std::lower_bound(
      kKnown.begin(), kKnown.end(), name,
      [](const Known& known, std::string_view wanted) { return known.name < wanted; });
  if (found != kKnown.end() && found->name == name) return found->verb;
  return is_shell(name) || is_script_language(name) ? Verb::kRunArgument : Verb::kNone;
}

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

std::string_view base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

// The file a URL is saved as.
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

// The value of a short option, attached or in the next word; nothing when it is not there.
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

// Octal or symbolic: whether it lets somebody run the file; whether as its owner.
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

// "persisted-…" for a place from which files are started; empty for any other.
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

bool holds_key(std::string_view text) {
  return text.find("ssh-rsa") != std::string_view::npos ||
         text.find("ssh-ed25519") != std::string_view::npos ||
         text.find("ssh-dss") != std::string_view::npos ||
         text.find("ecdsa-sha2-") != std::string_view::npos;
}

bool decodes(Words words) {
  static constexpr std::string_view kDecoders[] = {"base64", "xxd", "openssl", "base32",
                                                   "uudecode"};
  if (std::find(std::begin(kDecoders), std::end(kDecoders), words[0]) == std::end(kDecoders)) {
    return false;
  }
  return words[0] == "uudecode" || has_letter(words, 'd') || has_letter(words, 'D') ||
         has_letter(words, 'r') || std::find(words.begin(), words.end(), "--decode") != words.end();
}

bool writes_file(RedirectKind kind) {
  return kind == RedirectKind::kOutput || kind == RedirectKind::kAppend ||
         kind == RedirectKind::kOutputAll || kind == RedirectKind::kAppendAll;
}

std::string joined(Words words) {
  std::string text;
  for (const std::string_view word : words) {
    if (text.size() + word.size() > kMaxTextBytes) break;
    text.append(text.empty() ? "" : " ").append(word);
  }
  return text;
}

}  // namespace

void Flow::clear() {
  directory_.clear();
  files_.clear();
  findings_.clear();
  pipe_fetches_ = false;
  pipe_decodes_ = false;
  pipe_text_.clear();
  unpacked_ = false;
}

std::string Flow::absolute(std::string_view path) const {
  while (path.starts_with("./")) path.remove_prefix(2);
  if (path.starts_with('/') || path.starts_with('~') || directory_.empty()) {
    return std::string(path);
  }
  std::string out = directory_;
  if (!out.ends_with('/')) out += '/';
  return out.append(path);
}

Flow::File* Flow::file(std::string_view path) {
  if (files_.empty()) return nullptr;
  const auto found = files_.find(absolute(path));
  return found == files_.end() ? nullptr : &found->second;
}

void Flow::find(std::string_view event, std::string_view path) {
  if (findings_.size() >= kMaxFindings) return;
  std::string text(event);
  text.append(" ").append(path == "-" ? std::string(path) : absolute(path));
  if (std::find(findings_.begin(), findings_.end(), text) == findings_.end()) {
    findings_.push_back(std::move(text));
  }
}

void Flow::bring(std::string_view path, Origin origin) {
  if (path.empty() || path == "-" || path.starts_with("/dev/")) return;
  std::string name = absolute(path);
  const auto found = files_.find(name);
  if (found != files_.end()) {
    found->second = {origin, false};
  } else if (files_.size() < kMaxFiles) {
    files_.emplace(std::move(name), File{origin, false});
  }
}

void Flow::command(Words words, std::span<const Redirection> redirections, bool reads_pipe,
                   bool writes_pipe) {
  const bool fetched_in = reads_pipe && pipe_fetches_;
  const bool decoded_in = reads_pipe && pipe_decodes_;
  pipe_fetches_ = false;
  pipe_decodes_ = false;
  if (!reads_pipe) pipe_text_.clear();
  if (words.empty()) return;
  const Verb verb = verb_of(words[0]);
  // What stands on the command line, or came in, is what is written.
  std::string text;
  const auto written = [&]() -> const std::string& {
    if (text.empty()) {
      text = joined(words) + " " + pipe_text_;
      for (const Redirection& one : redirections) {
        if (one.kind != RedirectKind::kDocument && one.kind != RedirectKind::kHereString) continue;
        text.append(" ").append(one.target.substr(0, kMaxTextBytes));
      }
    }
    return text;
  };
  switch (verb) {
    case Verb::kNone:
      break;
    case Verb::kChangeDirectory:
      change_directory(words);
      break;
    case Verb::kFetch:
      fetch(words, writes_pipe);
      break;
    case Verb::kCopy:
      copy(words);
      break;
    case Verb::kCompile:
      compile(words);
      break;
    case Verb::kUnpack:
      unpack(words);
      break;
    case Verb::kChangeMode:
      make_executable(words);
      break;
    case Verb::kRemove:
      remove(words);
      break;
    case Verb::kRunArgument: {
      std::size_t at = 1;
      bool reads = false;  // sh -s ARGUMENT
      for (; at < words.size() && is_option(words[at]); ++at) reads = reads || words[at] == "-s";
      const bool given = at > 1 && (has_letter(words, 'c') || has_letter(words, 'e'));
      if (given) break;
      if (at < words.size() && !reads && words[at] != "-") {
        run(words[at]);
      } else if (fetched_in) {
        find("fetched-then-run", "-");
      }
      break;
    }
    case Verb::kCrontab:
      if (words.size() > 1 && !is_option(words.back())) {
        persist("persisted-cron", pipe_text_);
        if (file(words.back()) != nullptr) find("persisted-cron", words.back());
      } else if (words.back() == "-") {
        persist("persisted-cron", written());
      }
      break;
    case Verb::kTee:
      for (const std::string_view word : words.subspan(1)) {
        if (is_option(word)) continue;
        write(word, words, decoded_in ? Origin::kDecoded : Origin::kWritten);
        persist(persistence_of(absolute(word)), written());
        if (word.find("authorized_keys") != std::string_view::npos && holds_key(written())) {
          find("key-written", word);
        }
      }
      break;
    case Verb::kCopyBlocks:
      for (const std::string_view word : words.subspan(1)) {
        if (word.starts_with("of=")) bring(word.substr(3), Origin::kWritten);
      }
      break;
  }
  if (words[0].find('/') != std::string_view::npos) run(words[0]);
  for (const Redirection& one : redirections) {
    if (!writes_file(one.kind) || one.fd > 1 || one.target.starts_with("/dev/")) continue;
    Origin origin = Origin::kWritten;
    if (decoded_in || decodes(words)) origin = Origin::kDecoded;
    if (verb == Verb::kFetch || fetched_in) origin = Origin::kFetched;
    write(one.target, words, origin);
    if (const auto place = persistence_of(absolute(one.target)); !place.empty()) {
      persist(place, written());
    }
    if (one.target.find("authorized_keys") != std::string_view::npos && holds_key(written())) {
      find("key-written", one.target);
    }
  }
  if (!writes_pipe) return;
  pipe_fetches_ = pipe_fetches_ || (fetched_in && verb == Verb::kTee);
  pipe_decodes_ = decodes(words) || decoded_in;
  if (words[0] == "echo" || words[0] == "printf" || words[0] == "cat") pipe_text_ = written();
}

void Flow::change_directory(Words words) {
  for (const std::string_view word : words.subspan(1)) {
    if (is_option(word)) continue;
    directory_ = word == "-" ? std::string() : absolute(word);
    return;
  }
  directory_ = "~";
}

void Flow::fetched(std::string_view path, std::string_view directory) {
  if (directory.empty()) return bring(path, Origin::kFetched);
  bring(std::string(directory) + (directory.ends_with('/') ? "" : "/") + std::string(path),
        Origin::kFetched);
}

void Flow::fetch(Words words, bool writes_pipe) {
  const std::string_view name = words[0];
  std::vector<std::string_view> operands;
  for (const std::string_view word : words.subspan(1)) {
    if (!is_option(word)) operands.push_back(word);
  }
  if (name == "scp") {
    if (operands.size() < 2 || operands.front().find(':') == std::string_view::npos) return;
    const std::string_view target = operands.back();
    const bool directory = target == "." || target.ends_with('/');
    return fetched(directory ? base_name(operands.front()) : target,
                   directory && target != "." ? target : std::string_view());
  }
  if (name == "ftpget") {
    if (operands.size() >= 2) fetched(operands[operands.size() >= 3 ? operands.size() - 2 : 1]);
    return;
  }
  if (name == "tftp") {
    auto local = option_value(words, 'l', "--local");
    if (!local) local = option_value(words, 'r', "--remote");
    const auto get = std::find(words.begin(), words.end(), "get");
    if (!local && get != words.end() && get + 1 != words.end()) local = *(get + 1);
    if (local) fetched(base_name(*local));
    return;
  }
  const bool curl = name == "curl";
  const auto target = curl ? option_value(words, 'o', "--output")
                           : option_value(words, name == "wget" ? 'O' : 'o', "--output-document");
  if (target && *target != "-" && *target != "/dev/stdout") return fetched(*target);
  const bool to_output = target || (curl && !has_letter(words, 'O'));
  if (to_output) {
    pipe_fetches_ = writes_pipe;
    return;
  }
  const auto directory = curl ? std::nullopt : option_value(words, 'P', "--directory-prefix");
  for (const std::string_view operand : operands) {
    if (directory && operand == *directory) continue;
    if (operand.find('/') != std::string_view::npos ||
        operand.find('.') != std::string_view::npos ||
        operand.find('$') != std::string_view::npos) {
      fetched(url_name(operand), directory.value_or(std::string_view()));
    }
  }
}

void Flow::copy(Words words) {
  std::vector<std::string_view> operands;
  for (const std::string_view word : words.subspan(1)) {
    if (!is_option(word)) operands.push_back(word);
  }
  if (operands.size() < 2) return;
  const std::string_view target = operands.back();
  operands.pop_back();
  for (const std::string_view source : operands) {
    const File* known = file(source);
    const Origin origin = known == nullptr ? Origin::kCopied : known->origin;
    const auto place = persistence_of(absolute(target));
    if (known != nullptr && !place.empty()) find(place, source);
    if (known != nullptr && target.find("authorized_keys") != std::string_view::npos) {
      find("key-written", target);
    }
    const bool directory = target.ends_with('/') || target == "." || operands.size() > 1;
    std::string path(target);
    if (directory) path.append(target.ends_with('/') ? "" : "/").append(base_name(source));
    if (known != nullptr && words[0] == "mv") files_.erase(absolute(source));
    bring(path, origin);
  }
}

void Flow::compile(Words words) {
  const auto out = option_value(words, 'o', "");
  bring(out.value_or("a.out"), Origin::kCompiled);
}

void Flow::unpack(Words words) {
  const bool creates = words[0] == "tar" && words.size() > 1 &&
                       words[1].find('c') != std::string_view::npos &&
                       words[1].find('x') == std::string_view::npos && !words[1].starts_with("--");
  if (creates) return;
  for (const std::string_view word : words.subspan(1)) {
    const File* known = file(word);
    if (known == nullptr || known->origin != Origin::kFetched) continue;
    find("fetched-then-unpacked", word);
    unpacked_ = true;
    if (word.ends_with(".gz")) bring(word.substr(0, word.size() - 3), Origin::kUnpacked);
  }
}

void Flow::make_executable(Words words) {
  std::size_t at = 1;
  while (at < words.size() && is_option(words[at]) &&
         words[at].find('x') == std::string_view::npos) {
    ++at;
  }
  if (at >= words.size()) return;
  const std::string_view mode = words[at];
  static constexpr std::string_view kOrigins[] = {"fetched", "written",  "written",
                                                  "copied",  "compiled", "fetched"};
  const bool runs = mode_runs(mode);
  const bool sets_user = mode_sets_user(mode);
  const auto mark = [&](std::string_view path, const File& known) {
    if (sets_user) {
      find(std::string(kOrigins[static_cast<std::size_t>(known.origin)]) + "-then-setuid", path);
    }
    if (runs && known.origin == Origin::kFetched) find("fetched-then-executable", path);
  };
  for (const std::string_view word : words.subspan(at + 1)) {
    if (has_glob(word)) {
      const std::string pattern = absolute(word);
      for (const auto& [path, known] : files_) {
        if (glob_matches(pattern, path, true)) mark(path, known);
      }
    } else if (const File* known = file(word)) {
      mark(word, *known);
    }
  }
}

void Flow::run(std::string_view path) {
  File* known = file(path);
  if (known == nullptr) {
    if (unpacked_ && path.find('/') != std::string_view::npos && !path.starts_with("/bin/") &&
        !path.starts_with("/usr/")) {
      find("unpacked-then-run", path);
      bring(path, Origin::kUnpacked);
      if (File* brought = file(path)) brought->was_run = true;
    }
    return;
  }
  known->was_run = true;
  static constexpr std::string_view kEvents[] = {"fetched-then-run",  "written-then-run",
                                                 "decoded-then-run",  "copied-then-run",
                                                 "compiled-then-run", "unpacked-then-run"};
  find(kEvents[static_cast<std::size_t>(known->origin)], path);
}

void Flow::remove(Words words) {
  if (words[0] == "shred" && !has_letter(words, 'u')) return;
  for (const std::string_view word : words.subspan(1)) {
    if (is_option(word)) continue;
    if (has_glob(word)) {
      const std::string pattern = absolute(word);
      for (const auto& [path, known] : files_) {
        if (known.was_run && glob_matches(pattern, path, true)) find("run-then-removed", path);
      }
    } else if (const File* known = file(word); known != nullptr && known->was_run) {
      find("run-then-removed", word);
    }
  }
}

void Flow::write(std::string_view target, Words words, Origin origin) {
  // Emptying a file, or a log of what a program says, brings nothing.
  const bool brings = words[0] == "echo" || words[0] == "printf" || words[0] == "cat" ||
                      words[0] == "tee" || origin != Origin::kWritten;
  if (brings) bring(target, origin);
}

void Flow::persist(std::string_view place, std::string_view text) {
  if (place.empty() || text.empty()) return;
  for (const auto& [path, known] : files_) {
    if (path.size() >= 3 && text.find(path) != std::string_view::npos) find(place, path);
  }
}

}  // namespace decnet::shell
