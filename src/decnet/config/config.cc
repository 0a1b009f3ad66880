#include "decnet/config/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/config/dotenv.h"
#include "decnet/config/ini.h"
#include "decnet/config/words.h"

namespace decnet::config {
namespace {

// A configuration file larger than this is none.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

struct DomainKey {
  std::string_view section;
  std::string_view key;
  std::string_view variable;
};

// Sections with names of their own; everything in [decnet], [agent] and [master] is DECNET_<KEY>.
// A database password has no key here on purpose: this file is often readable by everyone.
constexpr std::array kDomainKeys = {
    DomainKey{"database", "type", "DECNET_DB_TYPE"},
    DomainKey{"database", "url", "DECNET_DB_URL"},
    DomainKey{"database", "host", "DECNET_DB_HOST"},
    DomainKey{"database", "port", "DECNET_DB_PORT"},
    DomainKey{"database", "name", "DECNET_DB_NAME"},
    DomainKey{"database", "user", "DECNET_DB_USER"},
    DomainKey{"bus", "enabled", "DECNET_BUS_ENABLED"},
    DomainKey{"bus", "type", "DECNET_BUS_TYPE"},
    DomainKey{"bus", "socket", "DECNET_BUS_SOCKET"},
    DomainKey{"bus", "group", "DECNET_BUS_GROUP"},
    DomainKey{"logging", "system-log", "DECNET_SYSTEM_LOGS"},
    DomainKey{"logging", "ingest-log", "DECNET_INGEST_LOG_FILE"},
    DomainKey{"logging", "agent-log", "DECNET_AGENT_LOG_FILE"},
    DomainKey{"tracing", "enabled", "DECNET_DEVELOPER_TRACING"},
    DomainKey{"tracing", "otel-endpoint", "DECNET_OTEL_ENDPOINT"},
};

bool is_domain_section(std::string_view section) {
  for (const auto& row : kDomainKeys) {
    if (row.section == section) return true;
  }
  return false;
}

const DomainKey* find_domain_key(std::string_view section, std::string_view key) {
  for (const auto& row : kDomainKeys) {
    if (row.section == section && row.key == key) return &row;
  }
  return nullptr;
}

// "log-directory" → "DECNET_LOG_DIRECTORY"
std::string variable_of_key(std::string_view key) {
  std::string name = "DECNET_" + upper_case(key);
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

std::string at_line(const std::filesystem::path& path, int line) {
  return fmt::format("{}:{}", path.string(), line);
}

}  // namespace

Config::Sources Config::process_sources() {
  Sources sources;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    sources.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::error_code unknown;  // without /proc there is no install root, and no files in it
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (!unknown) sources.install_root = program.parent_path().parent_path();
  sources.working_directory = ".";
  return sources;
}

Result<Config> Config::load(Sources sources) {
  Config config;
  config.sources_ = std::move(sources);
  for (const auto& variable : variables()) {
    const auto found = config.sources_.environment.find(std::string(variable.name));
    if (found != config.sources_.environment.end()) {
      config.values_[std::string(variable.name)] = {found->second, "environment"};
    }
  }
  DECNET_CHECK(config.read_ini_file());
  for (const auto& directory : {config.sources_.install_root, config.sources_.working_directory}) {
    if (directory.empty()) continue;
    config.read_dotenv_file(directory / ".env.local");
    config.read_dotenv_file(directory / ".env");
  }
  config.doubt_the_gate();
  return config;
}

void Config::set_if_unset(std::string_view name, std::string_view text, std::string origin) {
  if (find_variable(name) == nullptr) return;  // of another program of the framework
  values_.try_emplace(std::string(name), Value{std::string(text), std::move(origin)});
}

Result<void> Config::read_ini_file() {
  const std::filesystem::path path = text("DECNET_CONFIG");
  if (path.empty()) return {};
  const auto content = read_file(path, kMaxFileBytes);
  if (!content) {
    if (content.error().code != ErrorCode::kNotFound) return fail(content.error());
    if (values_.contains("DECNET_CONFIG")) {
      warnings_.push_back(fmt::format("{} (named by DECNET_CONFIG)", content.error().message));
    }
    return {};
  }
  DECNET_TRY(const auto entries, read_ini(*content, path));
  const auto read_section = [&](std::string_view section) {
    for (const auto& entry : entries) {
      if (entry.section != section) continue;
      const auto name = variable_of_key(entry.key);
      if (name == "DECNET_CONFIG") continue;  // a file cannot name its own successor
      set_if_unset(name, entry.value, at_line(path, entry.line));
    }
  };
  read_section("decnet");
  const bool has_main_section = std::any_of(entries.begin(), entries.end(),
                                            [](const auto& e) { return e.section == "decnet"; });
  if (has_main_section) DECNET_CHECK(check_mode(path));
  read_section(lower_case(text("DECNET_MODE")));
  for (const auto& entry : entries) {
    if (!is_domain_section(entry.section)) continue;
    if (const auto* known = find_domain_key(entry.section, entry.key)) {
      set_if_unset(known->variable, entry.value, at_line(path, entry.line));
    } else {
      warnings_.push_back(fmt::format("{}: unknown key {} in [{}]", at_line(path, entry.line),
                                      entry.key, entry.section));
    }
  }
  return {};
}

Result<void> Config::check_mode(const std::filesystem::path& path) const {
  const auto mode = get("DECNET_MODE").value_or(Value{});
  const auto word = lower_case(mode.text);
  if (word == "agent" || word == "master") return {};
  if (mode.origin == "environment") {
    return fail(ErrorCode::kInvalid,
                fmt::format("DECNET_MODE in the environment is '{}'; with {}, whose [decnet] mode "
                            "it overrides, it must be agent or master",
                            mode.text, path.string()));
  }
  return fail(ErrorCode::kInvalid, fmt::format("{}: [decnet] mode is '{}'; it must be agent or "
                                               "master",
                                               mode.origin, mode.text));
}

void Config::read_dotenv_file(const std::filesystem::path& path) {
  const auto content = read_file(path, kMaxFileBytes);
  if (!content) {
    if (content.error().code != ErrorCode::kNotFound) warnings_.push_back(content.error().message);
    return;
  }
  const auto file = read_dotenv(*content);
  for (const auto& problem : file.problems) {
    warnings_.push_back(fmt::format("{}: {}", at_line(path, problem.line), problem.message));
  }
  // Of a name given twice the last one counts, as in a shell; set_if_unset keeps the first.
  for (auto entry = file.entries.rbegin(); entry != file.entries.rend(); ++entry) {
    if (entry->name == "DECNET_CONFIG") continue;  // read before this file
    set_if_unset(entry->name, entry->value, at_line(path, entry->line));
  }
}

// The gate closes on the word true alone. Who wrote 1 or yes probably meant it.
void Config::doubt_the_gate() {
  const auto word = lower_case(text("DECNET_DISALLOW_MASTER"));
  if (lower_case(text("DECNET_MODE")) != "agent" || word == "true" || word == "false") return;
  warnings_.push_back(
      fmt::format("DECNET_DISALLOW_MASTER is '{}', not the word true: master-only commands stay "
                  "allowed on this agent",
                  text("DECNET_DISALLOW_MASTER")));
}

std::optional<Value> Config::get(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  if (name == "DECNET_TTP_RULES_DIR") return Value{rules_directory().string(), "default"};
  const auto* variable = find_variable(name);
  if (variable == nullptr || variable->default_value.empty()) return std::nullopt;
  return Value{std::string(variable->default_value), "default"};
}

std::string Config::text(std::string_view name) const {
  const auto value = get(name);
  return value ? value->text : std::string();
}

bool Config::is_true(std::string_view name) const { return lower_case(text(name)) == "true"; }

void Config::override_with(std::string_view name, std::string value, std::string_view option) {
  values_.insert_or_assign(std::string(name), Value{std::move(value), std::string(option)});
}

bool Config::master_commands_allowed() const {
  return lower_case(text("DECNET_MODE")) != "agent" || !is_true("DECNET_DISALLOW_MASTER");
}

std::filesystem::path Config::database_path() const {
  const auto named = text("DECNET_DB_PATH");
  return named.empty() ? find_variable("DECNET_DB_PATH")->default_value
                       : std::filesystem::path(named);
}

std::filesystem::path Config::rules_directory() const {
  const auto named = values_.find("DECNET_TTP_RULES_DIR");
  if (named != values_.end() && !named->second.text.empty()) return named->second.text;
  auto beside = (sources_.working_directory / "rules/ttp").lexically_normal();
  std::error_code unreadable;  // as good as absent
  if (std::filesystem::is_directory(beside, unreadable)) return beside;
  return sources_.install_root / "share/decnet/rules/ttp";
}

std::filesystem::path Config::state_directory() const {
  const auto named = text("DECNET_TTP_STATE_DIR");
  return named.empty() ? std::filesystem::path(database_path().string() + ".rules")
                       : std::filesystem::path(named);
}

std::filesystem::path Config::spool_directory() const {
  const auto named = text("DECNET_SPOOL_DIR");
  return named.empty() ? std::filesystem::path(database_path().string() + ".spool")
                       : std::filesystem::path(named);
}

}  // namespace decnet::config
