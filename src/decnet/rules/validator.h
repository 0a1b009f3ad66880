// Validator: everything that is wrong with rule files, for whoever writes them: what the loader
// says, what compiling them together says, what ATT&CK says of their ids, and what is probably not
// meant.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/rules/definition.h"

namespace decnet::rules {

struct ValidationReport {
  std::size_t files = 0;
  std::size_t rules = 0;          // files that would load
  std::vector<Problem> problems;  // in the order the files were given, by line within a file

  [[nodiscard]] std::size_t errors() const;
};

class Validator {
 public:
  struct Options {
    // Warnings are errors, and a tactic that ATT&CK does not list for a technique is a warning.
    bool strict = false;
  };
  // `catalogue` outlives the validator.
  Validator(const attack::Catalogue& catalogue, const Options& options);

  // A rule file, or every rule file of a directory as the loader reads it. Files of one directory
  // belong together: they must not share an id. A file given again is checked once. What cannot be
  // read is a problem. A pipe of that path is a document: its writer is waited for; one in a
  // directory is not.
  void add(const std::filesystem::path& path);

  // A document that is in no file; `name` is what its problems are to name.
  void add_document(std::string_view yaml, const std::filesystem::path& name);

  // Everything that was added. Called once.
  ValidationReport finish();

 private:
  // What loads together.
  struct Scope {
    std::vector<Definition> rules;
    std::map<RuleId, std::filesystem::path> holders;
  };

  void add_directory(const std::filesystem::path& directory);
  void add_file(const std::filesystem::path& path);
  void add_pipe(const std::filesystem::path& path);
  void read(std::string_view yaml, const std::filesystem::path& path, Scope& scope);
  void compile(Scope& scope);
  std::vector<Problem>& problems_of(const std::filesystem::path& path);

  const attack::Catalogue& catalogue_;
  Options options_;
  std::size_t files_ = 0;
  std::size_t rules_ = 0;
  std::set<std::filesystem::path> seen_;           // canonical
  std::map<std::filesystem::path, Scope> scopes_;  // by canonical directory; empty: no file
  std::vector<std::filesystem::path> order_;       // of the paths that may have problems
  std::map<std::filesystem::path, std::vector<Problem>> problems_;
  std::vector<Problem> remarks_;  // for a strict check
};

}  // namespace decnet::rules
