// StateFiles: the states of rules, one small JSON file each, in a directory that every process of
// the machine reads. Files are replaced whole (written aside, synced, renamed) under a lock, so
// that nobody reads half a state and of two writers the last one counts.
//
// The directory is made by the first set(), for its owner alone. A superuser's command gives what
// it writes to the directory's owner: otherwise the worker could not read it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/rules/definition.h"
#include "decnet/rulestore/directory/state_document.h"

namespace decnet::rulestore {

class StateFiles {
 public:
  explicit StateFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Hidden files are the writers' own.
  static bool is_state_file_name(std::string_view name);

  void look_at_all();
  void look_at(const std::set<std::string>& names);

  [[nodiscard]] rules::States states() const;  // expired ones too
  [[nodiscard]] std::vector<rules::Problem> problems() const;

  // Errors: kUnavailable, naming the file; nothing changed then.
  Result<void> set(const StateDocument& document);
  Result<bool> remove(const RuleId& rule);  // false: there was none
  // Only when the file still says that its time is over; false when it does not. kConflict when
  // another process is writing: it will be seen again.
  Result<bool> remove_expired(const RuleId& rule, UtcTime now);

 private:
  struct File {
    std::optional<StateDocument> document;
    std::optional<rules::Problem> problem;
  };
  [[nodiscard]] std::optional<File> read(const std::string& name) const;

  const std::filesystem::path directory_;
  std::optional<rules::Problem> directory_problem_;
  std::map<std::string, File> files_;  // by name
};

}  // namespace decnet::rulestore
