// Config: every setting of the program, resolved once, each with where it came from.
//
// Order (first hit wins): command-line option, process environment, INI file (DECNET_CONFIG, else
// /etc/decnet/decnet.ini), <install root>/.env.local, <install root>/.env, ./.env.local, ./.env,
// built-in default. The install root is the directory above the program's own.
//
// An empty value is a value: it hides what comes later, and whoever reads it takes it as unset.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"

namespace decnet::config {

// What may be shown of a value.
enum class Secrecy : std::uint8_t { kOpen, kSecret, kUrl /* all but the password in it */ };

// A variable this program reads.
struct Variable {
  std::string_view name;           // "DECNET_DB_PATH"
  std::string_view default_value;  // as text; empty: unset
  std::string_view help;           // one line
  Secrecy secrecy = Secrecy::kOpen;
};
std::span<const Variable> variables();
// The variable of that name, or null.
const Variable* find_variable(std::string_view name);

// The value as it may be shown: secrets as ***.
std::string shown(const Variable& variable, std::string_view value);

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
  // (naming file, line and value); kUnavailable for one that cannot be read. A missing file is
  // none. What costs only itself (unknown keys, bad .env lines) is in warnings().
  static Result<Config> load(Sources sources);

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
  [[nodiscard]] bool master_commands_allowed() const;  // false on an agent that disallows them
  [[nodiscard]] std::filesystem::path database_path() const;    // never empty
  [[nodiscard]] std::filesystem::path rules_directory() const;  // never empty; may not exist
  [[nodiscard]] std::filesystem::path state_directory() const;  // of rules; the same
  // Beside the database, where no setting says otherwise: what is spooled belongs to it. The same.
  [[nodiscard]] std::filesystem::path spool_directory() const;

 private:
  void set_if_unset(std::string_view name, std::string_view text, std::string origin);
  Result<void> read_ini_file();
  Result<void> check_mode(const std::filesystem::path& path) const;
  void read_dotenv_file(const std::filesystem::path& path);
  void doubt_the_gate();

  std::map<std::string, Value, std::less<>> values_;
  std::vector<std::string> warnings_;
  Sources sources_;
};

}  // namespace decnet::config
