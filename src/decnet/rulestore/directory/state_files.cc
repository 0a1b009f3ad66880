#include "decnet/rulestore/directory/state_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/owned_directory.h"
#include "decnet/rules/loader.h"
#include "decnet/rulestore/directory/file_stamp.h"

namespace decnet::rulestore {
namespace {

namespace fs = std::filesystem;
using Severity = rules::Problem::Severity;

constexpr std::size_t kMaxBytes = 64 << 10;

}  // namespace

bool StateFiles::is_state_file_name(std::string_view name) { return !name.starts_with('.'); }

void StateFiles::look_at_all() {
  directory_problem_.reset();
  std::set<std::string> names;
  std::error_code reason;
  auto entry = fs::directory_iterator(directory_, reason);
  for (; !reason && entry != fs::directory_iterator(); entry.increment(reason)) {
    std::string name = entry->path().filename().string();
    if (is_state_file_name(name)) names.insert(std::move(name));
  }
  if (reason && reason != std::errc::no_such_file_or_directory) {
    directory_problem_ = {Severity::kError, directory_, 0, reason.message()};
  } else {
    std::erase_if(files_, [&](const auto& file) { return !names.contains(file.first); });
  }
  look_at(names);
}

void StateFiles::look_at(const std::set<std::string>& names) {
  for (const std::string& name : names) {
    if (auto file = read(name)) {
      files_.insert_or_assign(name, *std::move(file));
    } else {
      files_.erase(name);
    }
  }
}

// Nothing when there is no such file.
std::optional<StateFiles::File> StateFiles::read(const std::string& name) const {
  const fs::path path = directory_ / name;
  const auto broken = [&path](Severity severity, std::string message) {
    return File{std::nullopt, rules::Problem{severity, path, 0, std::move(message)}};
  };
  if (!FileStamp::of_link(path) && errno == ENOENT) return std::nullopt;
  // Behind a link too: reading a FIFO could wait for ever.
  const auto stamp = FileStamp::of(path);
  if (!name.ends_with(".json") || (stamp && !stamp->is_regular)) {
    return broken(Severity::kWarning, "not the state of a rule");
  }
  const auto text = read_file(path, kMaxBytes);
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return std::nullopt;
    return File{std::nullopt, rules::unreadable(path, text.error())};
  }
  auto document = read_state(*text);
  if (!document) return broken(Severity::kError, document.error().message);
  if (const std::string own = state_file_name(document->rule); own != name) {
    return broken(Severity::kError,
                  fmt::format("rule_id: a file of this name is not the state of {}, {} would be",
                              document->rule.text(), own));
  }
  return File{*std::move(document), std::nullopt};
}

rules::States StateFiles::states() const {
  rules::States states;
  for (const auto& [name, file] : files_) {
    if (file.document) states.emplace(file.document->rule, file.document->state);
  }
  return states;
}

std::vector<rules::Problem> StateFiles::problems() const {
  std::vector<rules::Problem> problems;
  if (directory_problem_) problems.push_back(*directory_problem_);
  for (const auto& [name, file] : files_) {
    if (file.problem) problems.push_back(*file.problem);
  }
  return problems;
}

Result<void> StateFiles::set(const StateDocument& document) {
  const std::string name = state_file_name(document.rule);
  DECNET_TRY(auto directory, OwnedDirectory::open(directory_, OwnedDirectory::Missing::kCreate,
                                                  OwnedDirectory::Locked::kWait));
  DECNET_CHECK(directory.replace(name, to_json(document) + '\n'));
  look_at({name});
  return {};
}

Result<bool> StateFiles::remove(const RuleId& rule) {
  const std::string name = state_file_name(rule);
  auto directory = OwnedDirectory::open(directory_, OwnedDirectory::Missing::kFail,
                                        OwnedDirectory::Locked::kWait);
  if (!directory && directory.error().code == ErrorCode::kNotFound) return false;
  if (!directory) return fail(std::move(directory).error());
  DECNET_TRY(const bool removed, directory->remove(name));
  look_at({name});
  return removed;
}

Result<bool> StateFiles::remove_expired(const RuleId& rule, UtcTime now) {
  const std::string name = state_file_name(rule);
  DECNET_TRY(auto directory, OwnedDirectory::open(directory_, OwnedDirectory::Missing::kFail,
                                                  OwnedDirectory::Locked::kGiveUp));
  look_at({name});
  const auto file = files_.find(name);
  if (file == files_.end() || !file->second.document) return false;
  if (!file->second.document->state.expired(now)) return false;
  DECNET_TRY(const bool removed, directory.remove(name));
  look_at({name});
  return removed;
}

}  // namespace decnet::rulestore
