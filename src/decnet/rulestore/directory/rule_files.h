// RuleFiles: the rule files of a directory as they were when they were last looked at, each with
// what it said when it last loaded. Reads what rules::load_directory reads, file by file.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "decnet/rulestore/directory/file_stamp.h"
#include "decnet/rulestore/document.h"
#include "decnet/rulestore/rule_store.h"

namespace decnet::rulestore {

class RuleFiles {
 public:
  explicit RuleFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Lists the directory, and reads the files that are not for certain what they were. Returns, as
  // look_at() does, the names of files that are being written at this moment: they stay as they
  // were, but for the first time.
  std::set<std::string> look_at_all();
  // Reads these files.
  std::set<std::string> look_at(const std::set<std::string>& names);
  // Reads the links that lead to something else than before: no watch of the directory tells.
  // Whether there were any.
  bool look_at_links();
  [[nodiscard]] bool has_links() const { return !links_.empty(); }

  // Puts definitions, documents, problems and whether they are complete into `contents`.
  void put_into(Contents& contents) const;

 private:
  struct File {
    Document document;
    std::optional<FileStamp> stamp;  // of what was read
    bool is_fresh = false;           // when it was read
  };

  // A file that was read, and the document that is to say it.
  struct ReadFile {
    Document* document;  // of files_
    std::filesystem::path path;
    Result<std::string> text;
  };

  // Reads a file if it is there; it is appended to `read`, for take(). False when it is being
  // written at this moment.
  bool read(const std::string& name, std::vector<ReadFile>& read);
  void take(std::vector<ReadFile> read);
  void forget(const std::string& name);

  const std::filesystem::path directory_;
  Phase phase_ = Phase::kStart;
  bool is_absent_ = true;
  std::vector<rules::Problem> directory_problems_;
  std::map<std::string, File> files_;  // by name
  std::set<std::string> links_;        // names of symbolic links
};

}  // namespace decnet::rulestore
