// Reads rule files: everything that loads is returned, and every problem of the rest.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/rules/definition.h"

namespace decnet::rules {

struct Loaded {
  std::vector<Definition> rules;  // in file-name order, ids unique
  std::vector<Problem> problems;  // in file-name order, by line within a file

  [[nodiscard]] bool has_errors() const;
};

// Reads one document. Nothing when it has an error; warnings may come with a rule.
// Bounds: 1 MiB of text, 32 levels, 10,000 nodes (aliases counted each time they are used), so that
// a hostile file costs little.
std::optional<Definition> read_definition(std::string_view yaml, const std::filesystem::path& path,
                                          std::vector<Problem>& problems);

// Whether the directory loader reads a file of that name: letters, digits and underscore, then
// .yaml or .yml.
bool is_rule_file_name(std::string_view name);

// Reads every rule file of a directory, not of its sub-directories. A missing directory is no rules
// and no problem. Two files with one rule_id: the first in name order loads, the other is a
// problem.
Loaded load_directory(const std::filesystem::path& directory);

}  // namespace decnet::rules
