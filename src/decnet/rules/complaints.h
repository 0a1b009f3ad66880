// Complaints: what is wrong with one rule document, in the form that helps its author most:
// "<key>: expected <what>, found <what>; <what to write>", with the line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/rules/definition.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {

class Complaints {
 public:
  // Then the rest is left for the next run: a hostile file could have ten thousand.
  static constexpr std::size_t kMaxProblems = 100;

  // Appends to `problems`. Both outlive it.
  Complaints(const std::filesystem::path& path, std::vector<Problem>& problems);

  void error(int line, std::string message);
  void warning(int line, std::string message);

  // An error that says what is expected and what is there.
  void wrong(const YamlNode::Entry& entry, std::string_view label, std::string_view expected,
             std::string_view hint = {});

  // The entry of a required key, or null after saying that it is missing.
  const YamlNode::Entry* require(const YamlNode& mapping, const char* key, std::string_view label,
                                 std::string_view expected);
  // The text of an entry, or nothing after saying what was found instead.
  std::optional<std::string> text(const YamlNode::Entry& entry, std::string_view label,
                                  std::string_view expected);
  // The texts of a list of texts, or nothing after saying what is wrong.
  std::optional<std::vector<std::string>> texts(const YamlNode::Entry& entry,
                                                std::string_view label, std::string_view expected);

  [[nodiscard]] bool has_error() const { return has_error_; }
  void sort_by_line();

 private:
  void add(Problem::Severity severity, int line, std::string message);

  const std::filesystem::path& path_;
  std::vector<Problem>& problems_;
  const std::size_t first_;  // of this document
  bool has_error_ = false;
};

}  // namespace decnet::rules
