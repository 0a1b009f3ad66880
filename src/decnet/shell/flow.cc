#include "decnet/shell/flow.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "decnet/shell/analysing.h"
#include "decnet/shell/flow_words.h"
#include "decnet/shell/globs.h"
#include "decnet/shell/wrappers.h"

namespace decnet::shell {
namespace {

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
  static const auto kVerbs = [] {
    std::unordered_map<std::string_view, Verb> verbs;
    for (const Known& known : kKnown) verbs.emplace(known.name, known.verb);
    for (const std::string_view shell : shell_names()) verbs.emplace(shell, Verb::kRunArgument);
    return verbs;
  }();
  if (const auto found = kVerbs.find(name); found != kVerbs.end()) return found->second;
  return is_script_language(name) ? Verb::kRunArgument : Verb::kNone;
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
