// The store of rules and their states that the settings name, for every command that needs one.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/config/config.h"
#include "decnet/rulestore/rule_store.h"

namespace decnet::cli {

// The settings it reads, for --help.
inline constexpr std::array<std::string_view, 5> kStoreSettings = {
    "DECNET_TTP_RULE_STORE_TYPE", "DECNET_TTP_RULES_DIR", "DECNET_TTP_STATE_DIR", "DECNET_DB_TYPE",
    "DECNET_DB_PATH"};

// The store that DECNET_TTP_RULE_STORE_TYPE names: the rules directory with the state directory, or
// the database, which must exist. A directory named on the command line (--rules) is one whatever
// the type. Errors: kInvalid for an unknown type; the database's as open_database().
Result<std::unique_ptr<rulestore::RuleStore>> open_rule_store(const config::Config& config);

// Whether that is the database.
bool takes_rules_from_database(const config::Config& config);

// Where its rules are, for messages: "rules/ttp", "decnet.db".
std::string rule_store_name(const config::Config& config);

// Who logs what is wrong with them: "ttp.store.filesystem", "ttp.store.database".
std::string rule_store_component(const config::Config& config);

}  // namespace decnet::cli
