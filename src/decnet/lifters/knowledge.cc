#include "decnet/lifters/knowledge.h"

#include <array>

namespace decnet::lifters {
namespace {

struct Need {
  std::string_view match_kind;
  bool (*is_met)(const Knowledge& known);
  std::string_view lacking;
};

bool knows_countries(const Knowledge& known) { return known.countries != nullptr; }
bool knows_browser_tools(const Knowledge& known) { return known.catalogues->has_browser_tools(); }

constexpr std::string_view kNoCountries = "no country database (DECNET_GEOIP_DATABASE)";
constexpr std::array kNeeds = {
    Need{"lifter:canary_webrtc_leak", knows_countries, kNoCountries},
    Need{"lifter:canary_tz_lang_mismatch", knows_countries, kNoCountries},
    Need{"lifter:canary_automation_hash", knows_browser_tools,
         "no hashes of driven browsers (browser_tools.tsv in DECNET_TTP_CATALOGUES_DIR)"},
};

}  // namespace

const Knowledge& Knowledge::built_in() {
  static const Knowledge known;
  return known;
}

std::string_view lacking(const rules::Definition& rule, const Knowledge& known) {
  for (const Need& need : kNeeds) {
    if (rule.match_kind == need.match_kind && !need.is_met(known)) return need.lacking;
  }
  return {};
}

}  // namespace decnet::lifters
