#include "decnet/rules/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>

#include "decnet/base/file.h"
#include "decnet/base/parallel.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  });
}

// `message` without the path it begins with: a problem names its path itself.
std::string without_path(const std::string& message, const std::filesystem::path& path) {
  const std::string prefix = path.string() + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

Problem directory_problem(const std::filesystem::path& directory, const std::error_code& reason) {
  return {Problem::Severity::kError, directory, 0, reason.message()};
}

struct ReadFile {
  std::optional<Definition> definition;
  std::vector<Problem> problems;
};

ReadFile read_rule_file(const std::filesystem::path& path) {
  ReadFile file;
  if (const auto text = read_file(path, YamlDocument::kMaxBytes)) {
    file.definition = read_definition(*text, path, file.problems);
  } else {
    file.problems.push_back(unreadable(path, text.error()));
  }
  return file;
}

}  // namespace

bool Loaded::has_errors() const {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Problem::Severity::kError;
  });
}

bool is_rule_file_name(std::string_view name) {
  for (const std::string_view ending : {".yaml", ".yml"}) {
    if (name.ends_with(ending)) return is_word(name.substr(0, name.size() - ending.size()));
  }
  return false;
}

std::vector<std::filesystem::path> rule_files(const std::filesystem::path& directory,
                                              std::vector<Problem>& problems) {
  std::vector<std::filesystem::path> files;
  std::error_code reason;
  if (!std::filesystem::exists(directory, reason) && !reason) return files;
  auto entry = std::filesystem::directory_iterator(directory, reason);
  for (; !reason && entry != std::filesystem::directory_iterator(); entry.increment(reason)) {
    if (!is_rule_file_name(entry->path().filename().string())) continue;
    std::error_code ignored;  // a dangling link: reading it says so
    if (entry->is_regular_file(ignored) || ignored ||
        entry->status(ignored).type() == std::filesystem::file_type::not_found) {
      files.push_back(entry->path());
    }
  }
  if (reason) problems.push_back(directory_problem(directory, reason));
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return a.filename().string() < b.filename().string();
  });
  return files;
}

Problem unreadable(const std::filesystem::path& path, const Error& error) {
  return {Problem::Severity::kError, path, 0, without_path(error.message, path)};
}

Problem id_taken(const Definition& definition, const std::filesystem::path& holder) {
  return {Problem::Severity::kError, definition.path, definition.line,
          fmt::format("rule_id: {} is already the rule of {}; this file is left out",
                      definition.id.text(), holder.filename().string())};
}

Loaded load_directory(const std::filesystem::path& directory) {
  Loaded loaded;
  const auto paths = rule_files(directory, loaded.problems);
  std::vector<ReadFile> files(paths.size());
  for_each_index(files.size(), processors(),
                 [&](std::size_t i) { files[i] = read_rule_file(paths[i]); });

  std::map<RuleId, std::filesystem::path> first;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto& [definition, problems] = files[i];
    std::move(problems.begin(), problems.end(), std::back_inserter(loaded.problems));
    if (!definition) continue;
    const auto [holder, is_new] = first.emplace(definition->id, paths[i]);
    if (!is_new) {
      loaded.problems.push_back(id_taken(*definition, holder->second));
      continue;
    }
    loaded.rules.push_back(*std::move(definition));
  }
  return loaded;
}

}  // namespace decnet::rules
