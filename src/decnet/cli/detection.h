// Detection: what turns events into tags, made ready as the settings say.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "decnet/attack/catalogue.h"
#include "decnet/base/error.h"
#include "decnet/cli/command.h"
#include "decnet/cli/options.h"
#include "decnet/lifters/knowledge.h"
#include "decnet/tagging/tagger.h"

namespace decnet::cli {

struct Detection {
  std::shared_ptr<const attack::Catalogue> catalogue;
  std::unique_ptr<tagging::Tagger> tagger;
};

inline constexpr std::string_view kRulesOption = "--rules";

// Declares it.
void declare_rules_option(Options& options);

// The settings open_detection() reads, for --help.
inline constexpr std::array<std::string_view, 6> kDetectionSettings = {
    "DECNET_TTP_RULES_DIR", "DECNET_TTP_CATALOGUES_DIR",   "DECNET_GEOIP_DATABASE",
    "DECNET_ATTACK_BUNDLE", "DECNET_ATTACK_BUNDLE_SHA256", "DECNET_TTP_ATTACK_RELEASE"};

// The catalogue built in, or that of DECNET_ATTACK_BUNDLE. Errors as attack::Catalogue::open.
Result<std::shared_ptr<const attack::Catalogue>> open_catalogue(const config::Config& config);

// What lifters look up: the built-in lists, and what DECNET_TTP_CATALOGUES_DIR adds to them, and
// the countries of DECNET_GEOIP_DATABASE. Entries that are left out are logged. Errors: a directory
// or a database that cannot be read.
Result<lifters::Knowledge> open_knowledge(const config::Config& config);

// Opens the catalogue, loads every rule and builds the tagger. Rule files with errors are named on
// standard error as "file:line: problem", and the others load; no rule at all is a WARNING.
// Errors: a catalogue that cannot be used, an unknown type of tagger or rule store.
Result<Detection> open_detection(const Context& context);

}  // namespace decnet::cli
