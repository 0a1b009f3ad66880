// canary_fingerprint.cc: browsers that opened a canary and are not what they claim to be.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "decnet/geo/customs.h"
#include "decnet/lifters/browser.h"
#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kCanaryFingerprint};

// All that is kept of a fingerprint: which comparison it failed. The fingerprint itself, and above
// all its composite id, identifies a person's browser and never reaches a tag.
struct Finding {
  std::string_view metric;
  std::string signature;
};

struct Question {
  const rules::Definition& rule;
  const Json& payload;
  const Knowledge& known;
};

// A flag of the payload; where no producer has filled it in, what the stored fingerprint says.
bool flag(const Json& payload, std::string_view key, bool (Browser::*derived)() const) {
  const Json* value = payload.find(key);
  if (value != nullptr && !value->is_null()) return is_true(payload, key);
  return (Browser(payload).*derived)();
}

std::optional<Finding> webdriver(const Question& ask) {
  if (!flag(ask.payload, "navigator_webdriver", &Browser::is_driven)) return std::nullopt;
  return Finding{"navigator_webdriver", "navigator.webdriver_true"};
}

// Whether the rule's catalogues name the tool; an empty list, or none, names every tool.
bool is_listed(const rules::Definition& rule, const std::string& tool) {
  const Json* catalogues = rule.parameters.find("catalogues");
  if (catalogues == nullptr) return true;
  const Json::Array* names = catalogues->array();
  if (names == nullptr) return false;
  if (names->empty()) return true;
  for (const Json& name : *names) {
    if (name.string() != nullptr && *name.string() == tool) return true;
  }
  return false;
}

// The tool that a producer named; where none did, the one whose hashes the stored fingerprint has.
const std::string* tool_of(const Question& ask) {
  const Json* tool = ask.payload.find("canvas_audio_hash_match");
  if (tool == nullptr || !tool->truthy()) tool = ask.payload.find("matched_tool");
  if (tool != nullptr && tool->truthy()) return tool->string();
  const Browser browser(ask.payload);
  const std::string* known = ask.known.catalogues->browser_tool("canvas", browser.canvas_hash());
  return known != nullptr ? known
                          : ask.known.catalogues->browser_tool("audio", browser.audio_hash());
}

std::optional<Finding> automation_hash(const Question& ask) {
  const std::string* name = tool_of(ask);
  if (name == nullptr || name->empty() || !is_listed(ask.rule, *name)) return std::nullopt;
  return Finding{"canvas_audio_hash", *name};
}

// The country the canary was opened from, by the operator's database, else by what the server that
// the canary called home to found out; empty when neither knows it.
std::string source_country(const Question& ask) {
  const std::string* address = first_text(ask.payload, {"src_ip", "attacker_ip"});
  if (ask.known.countries != nullptr && address != nullptr) {
    if (std::string country = ask.known.countries->of(*address); !country.empty()) return country;
  }
  return std::string(Browser(ask.payload).country());
}

bool says_nothing(const Json& payload, std::string_view key) {
  const Json* value = payload.find(key);
  return value == nullptr || value->is_null();
}

// The browser told an address of its own that is in another country than the one it came from.
bool leaks_another_country(const Question& ask) {
  const std::string country = source_country(ask);
  if (country.empty() || ask.known.countries == nullptr) return false;
  const Browser browser(ask.payload);
  for (const std::string_view address : browser.webrtc_addresses()) {
    const std::string other = ask.known.countries->of(address);
    if (!other.empty() && other != country) return true;
  }
  return false;
}

std::optional<Finding> webrtc_leak(const Question& ask) {
  constexpr std::string_view kFlag = "webrtc_geo_mismatch";
  const bool leaks =
      says_nothing(ask.payload, kFlag) ? leaks_another_country(ask) : is_true(ask.payload, kFlag);
  if (!leaks) return std::nullopt;
  return Finding{kFlag, "webrtc_private_vs_source_ip"};
}

std::optional<std::int64_t> mismatched_zones(const Question& ask) {
  constexpr std::string_view kKey = "tz_mismatch_zones";
  if (!says_nothing(ask.payload, kKey)) {
    const std::int64_t* zones = integer(ask.payload, kKey);
    return zones == nullptr ? std::nullopt : std::optional(*zones);
  }
  return geo::hours_away(Browser(ask.payload).time_zone(), source_country(ask));
}

bool speaks_another_language(const Question& ask) {
  constexpr std::string_view kFlag = "lang_country_mismatch";
  if (!says_nothing(ask.payload, kFlag)) return is_true(ask.payload, kFlag);
  const auto languages = Browser(ask.payload).languages();
  return geo::is_foreign(languages, source_country(ask)).value_or(false);
}

std::optional<Finding> tz_lang_mismatch(const Question& ask) {
  constexpr std::int64_t kSuspiciousZones = 3;
  const auto zones = mismatched_zones(ask);
  if (zones && *zones >= kSuspiciousZones) {
    return Finding{"timezone_geo_mismatch", fmt::format("tz_zones>={}", *zones)};
  }
  if (speaks_another_language(ask)) {
    return Finding{"language_country_mismatch", "lang_vs_source_country"};
  }
  return std::nullopt;
}

std::optional<Finding> platform_inconsistency(const Question& ask) {
  if (flag(ask.payload, "platform_ua_inconsistent", &Browser::platform_contradicts_user_agent)) {
    return Finding{"platform_ua_mismatch", "navigator.platform_vs_userAgent"};
  }
  if (flag(ask.payload, "ua_webgl_mismatch", &Browser::renderer_contradicts_user_agent)) {
    return Finding{"ua_webgl_mismatch", "userAgent_vs_webgl_renderer"};
  }
  return std::nullopt;
}

struct Predicate {
  std::string_view match_kind;
  std::optional<Finding> (*judge)(const Question& ask);
};
constexpr std::array kPredicates = {
    Predicate{"lifter:canary_webdriver", webdriver},
    Predicate{"lifter:canary_automation_hash", automation_hash},
    Predicate{"lifter:canary_webrtc_leak", webrtc_leak},
    Predicate{"lifter:canary_tz_lang_mismatch", tz_lang_mismatch},
    Predicate{"lifter:canary_platform_inconsistency", platform_inconsistency},
};

void lift(const Lifting& lifting) {
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    for (const Predicate& predicate : kPredicates) {
      if (rule->definition.match_kind != predicate.match_kind) continue;
      if (auto finding =
              predicate.judge({rule->definition, lifting.event.payload, lifting.known})) {
        lifting.fire(*rule, Json::object({{"metric", finding->metric},
                                          {"matched_signature", std::move(finding->signature)}}));
      }
    }
  }
}

}  // namespace

Lifter canary_fingerprint() { return {"canary_fingerprint", kKinds, lift}; }

}  // namespace decnet::lifters
