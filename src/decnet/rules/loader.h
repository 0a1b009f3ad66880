// Reads a directory of rule files: everything that loads is returned, and every problem of the
// rest.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/rules/definition.h"
#include "decnet/rules/reader.h"  // read_definition, for a single document

namespace decnet::rules {

struct Loaded {
  std::vector<Definition> rules;  // in file-name order, ids unique
  std::vector<Problem> problems;  // in file-name order, by line within a file

  [[nodiscard]] bool has_errors() const;
};

// Whether the directory loader reads a file of that name: letters, digits and underscore, then
// .yaml or .yml.
bool is_rule_file_name(std::string_view name);

// The rule files of a directory in name order, not those of its sub-directories; none when it is
// missing. A FIFO or a device of a fitting name is left out: reading it could wait for ever.
// Appends why the directory cannot be read, if so.
std::vector<std::filesystem::path> rule_files(const std::filesystem::path& directory,
                                              std::vector<Problem>& problems);

// What is wrong with a file that could not be read, and with a rule whose id is that of the rule in
// `holder` already.
Problem unreadable(const std::filesystem::path& path, const Error& error);
Problem id_taken(const Definition& definition, const std::filesystem::path& holder);

// Reads every rule file of a directory, not of its sub-directories. A missing directory is no rules
// and no problem. Two files with one rule_id: the first in name order loads, the other is a
// problem. Reads on several threads; what it returns does not depend on them.
Loaded load_directory(const std::filesystem::path& directory);

}  // namespace decnet::rules
