// Config: every setting of the program, resolved once, each with where it came from.
//
// Order (first hit wins): command-line option, process environment, INI file (DECNET_CONFIG, else
// /etc/decnet/decnet.ini), <install root>/.env.local, <install root>/.env, ./.env.local, ./.env,
// built-in default.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"

namespace decnet::config {

// A variable this program reads.
struct Variable {
  std::string_view name;           // "DECNET_DB_PATH"
  std::string_view default_value;  // as text; empty: unset
  std::string_view help;           // one line
  bool secret = false;             // shown as ***
};
std::span<const Variable> variables();

struct Value {
  std::string text;
  std::string origin;  // "environment", "/etc/decnet/decnet.ini:12", "./.env:3", "default", "--db"
};

class Config {
 public:
  // The sources, injectable for tests.
  struct Sources {
    std::map<std::string, std::string> environment;
    std::filesystem::path install_root;
    std::filesystem::path working_directory;
  };
  static Sources process_sources();

  // Errors: kInvalid for an INI file that is damaged or whose mode is neither agent nor master
  // (naming file, line and value). A missing file is none. Warnings (unknown keys) are in
  // warnings().
  static Result<Config> load(const Sources& sources);

  // The value of a variable of variables(), or nothing when unset and without default.
  [[nodiscard]] std::optional<Value> get(std::string_view name) const;
  // Its text, or "" when there is none.
  [[nodiscard]] std::string text(std::string_view name) const;
  // True for the word `true` in any case, nothing else.
  [[nodiscard]] bool is_true(std::string_view name) const;

  // An option given on the command line; it beats everything.
  void override_with(std::string_view name, std::string value, std::string_view option);

  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  // What the settings mean.
  [[nodiscard]] bool master_commands_allowed() const;           // cli.md §4
  [[nodiscard]] std::filesystem::path database_path() const;    // DECNET_DB_PATH, ./decnet.db
  [[nodiscard]] std::filesystem::path rules_directory() const;  // rulings §3

 private:
  std::map<std::string, Value, std::less<>> values_;
  std::vector<std::string> warnings_;
  Sources sources_;
};

}  // namespace decnet::config
