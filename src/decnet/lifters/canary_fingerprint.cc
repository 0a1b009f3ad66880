// canary_fingerprint.cc: browsers that opened a canary and are not what they claim to be.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

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

bool is_true(const Json* value) {
  const bool* flag = value == nullptr ? nullptr : value->boolean();
  return flag != nullptr && *flag;
}

// The flag, or what the stored browser fingerprint says where no producer has filled it in.
bool drives_webdriver(const Json& payload) {
  const Json* flag = payload.find("navigator_webdriver");
  if (flag != nullptr && !flag->is_null()) return is_true(flag);
  const Json* value = &payload;
  for (const std::string_view key : {"headers", "_fp", "nav", "wd"}) {
    value = value->find(key);
    if (value == nullptr) return false;
  }
  return is_true(value);
}

std::optional<Finding> webdriver(const rules::Definition&, const Json& payload) {
  if (!drives_webdriver(payload)) return std::nullopt;
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

std::optional<Finding> automation_hash(const rules::Definition& rule, const Json& payload) {
  const Json* tool = payload.find("canvas_audio_hash_match");
  if (tool == nullptr || !tool->truthy()) tool = payload.find("matched_tool");
  const std::string* name = tool == nullptr ? nullptr : tool->string();
  if (name == nullptr || name->empty() || !is_listed(rule, *name)) return std::nullopt;
  return Finding{"canvas_audio_hash", *name};
}

std::optional<Finding> webrtc_leak(const rules::Definition&, const Json& payload) {
  if (!is_true(payload.find("webrtc_geo_mismatch"))) return std::nullopt;
  return Finding{"webrtc_geo_mismatch", "webrtc_private_vs_source_ip"};
}

std::optional<Finding> tz_lang_mismatch(const rules::Definition&, const Json& payload) {
  constexpr std::int64_t kSuspiciousZones = 3;
  const Json* value = payload.find("tz_mismatch_zones");
  const std::int64_t* zones = value == nullptr ? nullptr : value->integer();
  if (zones != nullptr && *zones >= kSuspiciousZones) {
    return Finding{"timezone_geo_mismatch", fmt::format("tz_zones>={}", *zones)};
  }
  if (is_true(payload.find("lang_country_mismatch"))) {
    return Finding{"language_country_mismatch", "lang_vs_source_country"};
  }
  return std::nullopt;
}

std::optional<Finding> platform_inconsistency(const rules::Definition&, const Json& payload) {
  if (is_true(payload.find("platform_ua_inconsistent"))) {
    return Finding{"platform_ua_mismatch", "navigator.platform_vs_userAgent"};
  }
  if (is_true(payload.find("ua_webgl_mismatch"))) {
    return Finding{"ua_webgl_mismatch", "userAgent_vs_webgl_renderer"};
  }
  return std::nullopt;
}

struct Predicate {
  std::string_view match_kind;
  std::optional<Finding> (*judge)(const rules::Definition& rule, const Json& payload);
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
      if (auto finding = predicate.judge(rule->definition, lifting.event.payload)) {
        lifting.fire(*rule, Json::object({{"metric", finding->metric},
                                          {"matched_signature", std::move(finding->signature)}}));
      }
    }
  }
}

}  // namespace

Lifter canary_fingerprint() { return {"canary_fingerprint", kKinds, lift}; }

}  // namespace decnet::lifters
