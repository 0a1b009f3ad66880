#include "decnet/rules/validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/rules/emit_ids.h"
#include "decnet/rules/lint.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/rule_set.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {
namespace {

using Severity = Problem::Severity;
namespace fs = std::filesystem;

fs::path unique_path(const fs::path& path) {
  std::error_code reason;
  fs::path found = fs::weakly_canonical(path, reason);
  return reason ? path : found;
}

// A name that was probably meant to be one of a rule file.
bool looks_like_rule_file(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"));
}

Problem unread_name(const fs::path& path) {
  return {Severity::kWarning, path, 0,
          "a directory's files are read only when the name is letters, digits and underscores, "
          "then .yaml or .yml; this one is left alone"};
}

Problem no_file(const fs::path& path) {
  return {Severity::kWarning, path, 0, "is no regular file; it is left alone"};
}

}  // namespace

std::size_t ValidationReport::errors() const {
  return static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(),
                    [](const Problem& problem) { return problem.severity == Severity::kError; }));
}

Validator::Validator(const attack::Catalogue& catalogue, const Options& options)
    : catalogue_(catalogue), options_(options) {}

std::vector<Problem>& Validator::problems_of(const fs::path& path) {
  const auto [entry, is_new] = problems_.try_emplace(path);
  if (is_new) order_.push_back(path);
  return entry->second;
}

void Validator::add(const fs::path& path) {
  std::error_code ignored;  // what is no directory is read, and reading says what is wrong
  if (fs::is_directory(path, ignored)) {
    add_directory(path);
    return;
  }
  if (fs::is_fifo(path, ignored)) {
    add_pipe(path);
    return;
  }
  if (!is_rule_file_name(path.filename().string())) {
    problems_of(path).push_back(unread_name(path));
  }
  add_file(path);
}

void Validator::add_directory(const fs::path& directory) {
  const auto files = rule_files(directory, problems_of(directory));
  for (const fs::path& file : files) add_file(file);

  const std::set<fs::path> read(files.begin(), files.end());
  std::vector<fs::path> left_alone;
  std::error_code reason;  // rule_files() has said it
  auto entry = fs::directory_iterator(directory, reason);
  for (; !reason && entry != fs::directory_iterator(); entry.increment(reason)) {
    const std::string name = entry->path().filename().string();
    if (looks_like_rule_file(name) && !read.contains(entry->path())) {
      left_alone.push_back(entry->path());
    }
  }
  std::sort(left_alone.begin(), left_alone.end());
  for (const fs::path& path : left_alone) {
    problems_of(path).push_back(is_rule_file_name(path.filename().string()) ? no_file(path)
                                                                            : unread_name(path));
  }
  if (files.empty() && left_alone.empty() && problems_of(directory).empty()) {
    problems_of(directory).push_back({Severity::kWarning, directory, 0, "holds no rule files"});
  }
}

void Validator::add_file(const fs::path& path) {
  const fs::path unique = unique_path(path);
  if (!seen_.insert(unique).second) return;
  ++files_;
  const auto text = read_file(path, YamlDocument::kMaxBytes);
  if (!text) {
    problems_of(path).push_back(unreadable(path, text.error()));
    return;
  }
  read(*text, path, scopes_[unique.parent_path()]);
}

// No worker reads one: neither its name nor its neighbours matter.
void Validator::add_pipe(const fs::path& path) {
  const auto text = read_file(path, YamlDocument::kMaxBytes, Pipes::kAwaited);
  if (text) return add_document(*text, path);
  ++files_;
  problems_of(path).push_back(unreadable(path, text.error()));
}

void Validator::add_document(std::string_view yaml, const fs::path& name) {
  ++files_;
  read(yaml, name, scopes_[fs::path()]);
}

void Validator::read(std::string_view yaml, const fs::path& path, Scope& scope) {
  auto& problems = problems_of(path);
  Draft draft = read_draft(yaml, path, problems);
  const Definition& definition = draft.definition;
  // The author of a broken file is told of everything at once too.
  for (Problem& problem : lint(yaml, definition)) problems.push_back(std::move(problem));
  if (!draft.loads) return check_ids(definition, catalogue_, problems, remarks_);
  const auto [holder, is_new] = scope.holders.emplace(definition.id, path);
  if (!is_new) {
    problems.push_back({Severity::kError, path, definition.line,
                        fmt::format("rule_id: {} is already the rule of {}; of the two only one "
                                    "loads",
                                    definition.id.text(), holder->second.filename().string())});
    return check_ids(definition, catalogue_, problems, remarks_);
  }
  scope.rules.push_back(std::move(draft.definition));
}

void Validator::compile(Scope& scope) {
  auto compiled = RuleSet::compile(std::move(scope.rules), catalogue_);
  rules_ += compiled.rules->rules().size();
  for (Problem& problem : compiled.problems) {
    problems_of(problem.path).push_back(std::move(problem));
  }
  std::move(compiled.remarks.begin(), compiled.remarks.end(), std::back_inserter(remarks_));
}

ValidationReport Validator::finish() {
  for (auto& [directory, scope] : scopes_) compile(scope);
  if (options_.strict) {
    for (auto& [path, problems] : problems_) {
      for (Problem& problem : problems) problem.severity = Severity::kError;
    }
    // What ATT&CK lists changes with its releases, and a rule may know better: never an error.
    for (Problem& remark : remarks_) problems_of(remark.path).push_back(std::move(remark));
  }
  ValidationReport report{.files = files_, .rules = rules_, .problems = {}};
  for (const fs::path& path : order_) {
    auto& problems = problems_[path];
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    std::move(problems.begin(), problems.end(), std::back_inserter(report.problems));
  }
  return report;
}

}  // namespace decnet::rules
