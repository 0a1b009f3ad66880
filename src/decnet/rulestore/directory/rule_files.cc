#include "decnet/rulestore/directory/rule_files.h"

#include <cerrno>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/parallel.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/yaml.h"

namespace decnet::rulestore {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::set<std::string> RuleFiles::look_at_all() {
  std::vector<rules::Problem> problems;
  const auto paths = rules::rule_files(directory_, problems);
  std::error_code ignored;  // what cannot be looked at is there: listing it said why
  is_absent_ = problems.empty() && !fs::exists(directory_, ignored) && !ignored;
  directory_problems_ = std::move(problems);
  // A directory that cannot be read says nothing of its files: they stay as they were.
  if (directory_problems_.empty()) {
    std::set<std::string> names;
    for (const fs::path& path : paths) names.insert(path.filename().string());
    for (auto file = files_.begin(); file != files_.end();) {
      const std::string& name = (file++)->first;
      if (!names.contains(name)) forget(name);
    }
  }
  std::set<std::string> restless;
  std::vector<ReadFile> read_files;
  for (const fs::path& path : paths) {
    const std::string name = path.filename().string();
    const auto known = files_.find(name);
    const bool is_known = known != files_.end() && known->second.stamp && !known->second.is_fresh &&
                          known->second.stamp == FileStamp::of(path);
    if (!is_known && !read(name, read_files)) restless.insert(name);
  }
  take(std::move(read_files));
  phase_ = Phase::kRunning;
  return restless;
}

std::set<std::string> RuleFiles::look_at(const std::set<std::string>& names) {
  std::set<std::string> restless;
  std::vector<ReadFile> read_files;
  for (const std::string& name : names) {
    if (!read(name, read_files)) restless.insert(name);
  }
  take(std::move(read_files));
  return restless;
}

bool RuleFiles::look_at_links() {
  bool any = false;
  std::vector<ReadFile> read_files;
  const std::set<std::string> names = links_;
  for (const std::string& name : names) {
    if (FileStamp::of(directory_ / name) == files_.at(name).stamp) continue;
    if (read(name, read_files)) any = true;
  }
  take(std::move(read_files));
  return any;
}

bool RuleFiles::read(const std::string& name, std::vector<ReadFile>& read) {
  const fs::path path = directory_ / name;
  const auto link = FileStamp::of_link(path);
  if (!link && (errno == ENOENT || errno == ENOTDIR)) {
    forget(name);
    return true;
  }
  const auto stamp = FileStamp::of(path);
  // A directory is no rule file, and reading a FIFO could wait for ever.
  if (stamp && !stamp->is_regular) {
    forget(name);
    return true;
  }
  const bool may_wait = phase_ == Phase::kRunning;
  if (may_wait && stamp && stamp->since_written() < kRest) return false;
  auto text = read_file(path, rules::YamlDocument::kMaxBytes);
  const bool is_same = stamp == FileStamp::of(path) && link == FileStamp::of_link(path);
  if (may_wait && !is_same) return false;
  File& file = files_[name];
  file.stamp = stamp;
  file.is_fresh = stamp && stamp->is_fresh();
  if (link && link->is_link) {
    links_.insert(name);
  } else {
    links_.erase(name);
  }
  read.push_back({&file.document, path, std::move(text)});
  return true;
}

// What a document says costs a millisecond to understand, and there may be thousands.
void RuleFiles::take(std::vector<ReadFile> read) {
  for_each_index(read.size(), processors(), [&](std::size_t i) {
    auto& [document, path, text] = read[i];
    if (text) {
      document->set(*std::move(text), path, phase_);
    } else {
      document->set_unreadable(text.error(), path);
    }
  });
}

void RuleFiles::forget(const std::string& name) {
  links_.erase(name);
  files_.erase(name);
}

void RuleFiles::put_into(Contents& contents) const {
  contents.complete = !is_absent_ && directory_problems_.empty();
  contents.problems = directory_problems_;
  // Who has a rule: the first file that says it now, else the first that last said it.
  std::unordered_map<std::string_view, const Document*> holders;
  holders.reserve(files_.size());
  for (const bool current : {true, false}) {
    for (const auto& [name, file] : files_) {
      const Document& document = file.document;
      if (!document.definition() || document.is_current() != current) continue;
      holders.emplace(document.definition()->id.text(), &document);
    }
  }
  for (const auto& [name, file] : files_) {
    const Document& document = file.document;
    contents.problems.insert(contents.problems.end(), document.problems().begin(),
                             document.problems().end());
    if (!document.definition()) {
      contents.complete = false;
      continue;
    }
    const Document* holder = holders.at(document.definition()->id.text());
    if (holder == &document) {
      contents.definitions.push_back(document.definition());
      contents.documents.push_back(document.text());
    } else if (document.is_current()) {
      contents.problems.push_back(
          rules::id_taken(*document.definition(), holder->definition()->path));
    }
  }
}

}  // namespace decnet::rulestore
