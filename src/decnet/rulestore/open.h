// The stores there are.
#pragma once

#include <filesystem>
#include <memory>

#include "decnet/base/clock.h"
#include "decnet/rulestore/rule_store.h"
#include "decnet/storage/database.h"

namespace decnet::rulestore {

// Rules from the files of a directory (as rules::load_directory reads them), states in a directory
// of their own. Neither need exist: rules that appear later are seen, and the first state makes its
// directory. A save is seen within milliseconds.
std::unique_ptr<RuleStore> open_directory(std::filesystem::path rules, std::filesystem::path states,
                                          const Clock& clock = system_clock());

// Rules and states from ttp_rule and ttp_rule_state. What others write is seen within a second.
// Uses the database alone from then on.
std::unique_ptr<RuleStore> open_database(std::unique_ptr<storage::Database> database,
                                         const Clock& clock = system_clock());

}  // namespace decnet::rulestore
