// Detection: what turns events into tags, made ready as the settings say.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "decnet/attack/catalogue.h"
#include "decnet/base/error.h"
#include "decnet/cli/command.h"
#include "decnet/cli/options.h"
#include "decnet/config/config.h"
#include "decnet/lifters/knowledge.h"
#include "decnet/rulebook/rulebook.h"
#include "decnet/tagging/tagger.h"

namespace decnet::cli {

struct Detection {
  std::unique_ptr<rulebook::Rulebook> book;  // the rules and the states that the tagger has
  std::unique_ptr<tagging::Tagger> tagger;

  [[nodiscard]] const attack::Catalogue& catalogue() const { return *book->catalogue(); }
};

inline constexpr std::string_view kRulesOption = "--rules";

// Declares it.
void declare_rules_option(Options& options);

// The settings open_rulebook() and open_knowledge() read, for --help.
inline constexpr std::array<std::string_view, 10> kDetectionSettings = {
    "DECNET_TTP_RULE_STORE_TYPE",
    "DECNET_TTP_RULES_DIR",
    "DECNET_TTP_STATE_DIR",
    "DECNET_TTP_CATALOGUES_DIR",
    "DECNET_GEOIP_DATABASE",
    "DECNET_DB_TYPE",
    "DECNET_DB_PATH",
    "DECNET_ATTACK_BUNDLE",
    "DECNET_ATTACK_BUNDLE_SHA256",
    "DECNET_TTP_ATTACK_RELEASE"};

// The catalogue built in, or that of DECNET_ATTACK_BUNDLE. Errors as attack::Catalogue::open.
Result<std::shared_ptr<const attack::Catalogue>> open_catalogue(const config::Config& config);

// What lifters look up: the built-in lists, and what DECNET_TTP_CATALOGUES_DIR adds to them, and
// the countries of DECNET_GEOIP_DATABASE. Entries that are left out are logged. Errors: a directory
// or a database that cannot be read.
Result<lifters::Knowledge> open_knowledge(const config::Config& config);
// The same for whoever looks rules up and judges no event by them: what cannot be read is a
// WARNING, and lacking.
lifters::Knowledge knowledge_to_show(const config::Config& config);

// The rules and states of the store that the settings name, under the catalogue they name. What is
// wrong with rules is the book's to tell. Errors: a catalogue or a store that cannot be used, an
// unknown type of tagger or rule store.
Result<std::unique_ptr<rulebook::Rulebook>> open_rulebook(const config::Config& config);

// No rule at all is a WARNING.
void warn_of_no_rules(const rulebook::Rulebook& book, const config::Config& config);

// Logs which rules fire less than they could, for want of what only the operator can supply.
void tell_what_is_lacking(const rules::RuleSet& rules, const lifters::Knowledge& known);

// The same for a command that runs once: with a tagger, and documents with errors named on standard
// error as "file:line: problem".
Result<Detection> open_detection(const Context& context);

}  // namespace decnet::cli
