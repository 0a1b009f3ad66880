// What single programs do to files: fetch, copy, compile, unpack, chmod, remove.
#include <algorithm>

#include "decnet/shell/flow.h"
#include "decnet/shell/flow_words.h"
#include "decnet/shell/globs.h"

namespace decnet::shell {

void Flow::change_directory(Words words) {
  for (const std::string_view word : words.subspan(1)) {
    if (is_option(word)) continue;
    directory_ = word == "-" ? std::string() : absolute(word);
    if (directory_.size() > kMaxDirectoryBytes) directory_.clear();
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
  std::string_view directory;
  if (!curl) directory = option_value(words, 'P', "--directory-prefix").value_or("");
  for (const std::string_view operand : operands) {
    if (!directory.empty() && operand == directory) continue;
    if (operand.find('/') != std::string_view::npos ||
        operand.find('.') != std::string_view::npos ||
        operand.find('$') != std::string_view::npos) {
      fetched(url_name(operand), directory);
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

}  // namespace decnet::shell
