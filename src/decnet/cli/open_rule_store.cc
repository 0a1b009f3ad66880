#include "decnet/cli/open_rule_store.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/cli/database.h"
#include "decnet/cli/detection.h"
#include "decnet/config/words.h"
#include "decnet/rulestore/open.h"

namespace decnet::cli {
namespace {

enum class Type { kFilesystem, kDatabase };

Result<Type> type_of(const config::Config& config) {
  const auto directory = config.get("DECNET_TTP_RULES_DIR");
  if (directory && directory->origin == kRulesOption) return Type::kFilesystem;
  const auto type = config.get("DECNET_TTP_RULE_STORE_TYPE").value_or(config::Value{});
  const auto word = config::lower_case(config::trimmed(type.text));
  if (word.empty() || word == "filesystem") return Type::kFilesystem;
  if (word == "database") return Type::kDatabase;
  return fail(ErrorCode::kInvalid,
              fmt::format("DECNET_TTP_RULE_STORE_TYPE is '{}' ({}); this release knows: "
                          "filesystem, database",
                          type.text, type.origin));
}

}  // namespace

Result<std::unique_ptr<rulestore::RuleStore>> open_rule_store(const config::Config& config) {
  DECNET_TRY(const Type type, type_of(config));
  if (type == Type::kFilesystem) {
    return rulestore::open_directory(config.rules_directory(), config.state_directory());
  }
  DECNET_TRY(auto database, open_database(config, storage::OpenMode::kExisting));
  return rulestore::open_database(std::move(database));
}

bool takes_rules_from_database(const config::Config& config) {
  const auto type = type_of(config);
  return type && *type == Type::kDatabase;
}

std::string rule_store_name(const config::Config& config) {
  return takes_rules_from_database(config) ? config.database_path().string()
                                           : config.rules_directory().string();
}

std::string rule_store_component(const config::Config& config) {
  return takes_rules_from_database(config) ? "ttp.store.database" : "ttp.store.filesystem";
}

}  // namespace decnet::cli
