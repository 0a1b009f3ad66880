#include "decnet/lifters/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "decnet/base/log.h"
#include "decnet/model/event.h"

namespace decnet::lifters {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::array<std::string_view, 2> kCommandKeys = {"matched_tokens", "rule_pattern"};
constexpr std::array<std::string_view, 18> kIntelKeys = {"abuseipdb_categories",
                                                         "abuseipdb_score",
                                                         "abuse_confidence_score",
                                                         "greynoise_classification",
                                                         "greynoise_tags",
                                                         "greynoise_name",
                                                         "feodo_listed",
                                                         "feodo_malware_family",
                                                         "first_seen_feodo",
                                                         "malware_family",
                                                         "threatfox_threat_types",
                                                         "threatfox_ioc_types",
                                                         "threatfox_malware_families",
                                                         "threat_types",
                                                         "malware_families",
                                                         "ioc_types",
                                                         "aggregate_verdict",
                                                         "bumped_rule_ids"};
// No addresses, no subject, no body, no header values, no full URLs.
constexpr std::array<std::string_view, 12> kEmailKeys = {
    "body_sha256",     "matched_headers",    "rcpt_domain_set", "attachment_sha256s",
    "rcpt_count",      "matched_kit",        "matched_trigger", "matched_url_host",
    "matched_signals", "matched_subject_kw", "matched_body_kw", "encoded_byte_count"};
// No raw fingerprints.
constexpr std::array<std::string_view, 2> kCanaryKeys = {"metric", "matched_signature"};
constexpr std::array<std::string_view, 6> kHttpFingerprintKeys = {
    "kind", "hash", "protocol", "client_ip", "seen_at", "raw"};
constexpr std::array<std::string_view, 7> kIpv6LeakKeys = {
    "addr", "mac_oui", "iid_kind", "vector", "on_iface", "attacker_v4", "observed_at"};

constexpr std::string_view kNeverKept = "password";

// Copies a value until its characters are used up.
class Copier {
 public:
  Json copy(const Json& value) {
    if (const std::string* text = value.string()) return std::string(take(*text));
    if (const Json::Array* elements = value.array()) {
      Json::Array kept;
      for (const Json& element : *elements) {
        if (!spend()) break;
        kept.push_back(copy(element));
      }
      return kept;
    }
    if (const Json::Object* members = value.object()) {
      Json::Object kept;
      for (const auto& [key, member] : *members) {
        if (!spend()) break;
        std::string kept_key(take(key));
        kept.emplace_back(std::move(kept_key), copy(member));
      }
      return kept;
    }
    return value;
  }

  [[nodiscard]] bool cut() const { return cut_; }

 private:
  // One character for a value's own sake, so that a million empty lists end too.
  bool spend() {
    if (left_ == 0) {
      cut_ = true;
      return false;
    }
    --left_;
    return true;
  }

  std::string_view take(std::string_view text) {
    const auto begins_character = [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    };
    const auto characters =
        static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
    if (characters <= left_) {
      left_ -= characters;
      return text;
    }
    cut_ = true;
    std::size_t end = 0;
    for (; left_ > 0 || !begins_character(text[end]); ++end) {
      if (begins_character(text[end])) --left_;
    }
    return text.substr(0, end);
  }

  std::size_t left_ = kMaxEvidenceCharacters;
  bool cut_ = false;
};

std::optional<UtcTime> time_of(const Json& value) {
  if (const std::string* text = value.string()) return parse_time(*text);
  double number = 0;
  if (!value.number(number)) return std::nullopt;
  constexpr double kFirstMilliseconds = 1e11;  // the year 5138 in seconds
  const double seconds = number >= kFirstMilliseconds ? number / 1000 : number;
  if (!(seconds >= 0 && seconds < kFirstMilliseconds)) return std::nullopt;
  return UtcTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

}  // namespace

std::optional<Keys> allowed_evidence(std::string_view source_kind) {
  const auto kind = decnet::source_kind(source_kind);
  if (!kind) return std::nullopt;
  switch (*kind) {
    case SourceKind::kCommand:
      return kCommandKeys;
    case SourceKind::kIntel:
      return kIntelKeys;
    case SourceKind::kEmail:
      return kEmailKeys;
    case SourceKind::kCanaryFingerprint:
      return kCanaryKeys;
    case SourceKind::kHttpFingerprint:
      return kHttpFingerprintKeys;
    case SourceKind::kIpv6Leak:
      return kIpv6LeakKeys;
    case SourceKind::kSession:
    case SourceKind::kIdentity:
    case SourceKind::kCredential:
    case SourceKind::kAuthAttempt:
    case SourceKind::kHttpRequest:
    case SourceKind::kPayload:
      break;
  }
  return std::nullopt;
}

bool is_restricted(std::string_view source_kind, const rules::Rule& rule) {
  if (rule.definition.is_pattern_rule() && source_kind == to_string(SourceKind::kCommand)) {
    return false;
  }
  return allowed_evidence(source_kind).has_value();
}

bool may_keep(std::string_view source_kind, const rules::Rule& rule, std::string_view key) {
  if (key == kNeverKept) return false;
  if (!is_restricted(source_kind, rule)) return true;
  const auto allowed = allowed_evidence(source_kind);
  return !allowed || std::find(allowed->begin(), allowed->end(), key) != allowed->end();
}

void DroppedKeys::say(const RuleId& rule, std::string_view source_kind, std::string_view key) {
  {
    const std::lock_guard lock(mutex_);
    if (said_.size() >= kMaxRemembered) return;
    if (!said_.emplace(rule, std::string(key)).second) return;
  }
  log::warning("ttp.engine",
               fmt::format("rule {}: evidence of kind {} may not keep {}; left out of its tags",
                           rule.text(), source_kind, key));
}

std::size_t DroppedKeys::size() const {
  const std::lock_guard lock(mutex_);
  return said_.size();
}

void keep_allowed(Json& evidence, std::string_view source_kind, const rules::Rule& rule,
                  DroppedKeys& dropped) {
  const Json::Object* members = evidence.object();
  if (members == nullptr) {
    evidence = Json::object({});
    return;
  }
  const auto offends = [&](const Json::Member& member) {
    return !may_keep(source_kind, rule, member.first);
  };
  if (std::none_of(members->begin(), members->end(), offends)) return;

  Json::Object kept;
  for (const Json::Member& member : *members) {
    if (offends(member)) {
      dropped.say(rule.definition.id, source_kind, member.first);
    } else {
      kept.push_back(member);
    }
  }
  evidence = std::move(kept);
}

void Evidence::copy(const Json& payload, std::string_view key) {
  const Json* value = payload.find(key);
  if (value == nullptr || members_.find(key) != nullptr) return;
  keep(key, *value);
}

void Evidence::set(std::string_view key, const Json& value) {
  std::erase_if(truncated_, [key](const Json& name) { return *name.string() == key; });
  keep(key, value);
}

void Evidence::keep(std::string_view key, const Json& value) {
  Copier copier;
  members_.set(key, copier.copy(value));
  if (copier.cut()) truncated_.emplace_back(key);
}

void Evidence::mark_truncated() {
  if (!truncated_.empty()) members_.set("evidence_truncated", truncated_);
}

Json evidence_of(const Event& event, const rules::Rule& rule, Json::Object extras) {
  Evidence evidence;
  for (const std::string& key : rule.definition.evidence_fields) {
    if (may_keep(event.source_kind, rule, key)) evidence.copy(event.payload, key);
  }
  for (const auto& [key, value] : extras) {
    if (may_keep(event.source_kind, rule, key)) evidence.set(key, value);
  }
  if (is_restricted(event.source_kind, rule)) return evidence.take();
  evidence.mark_truncated();
  if (const auto time = event_time(event.payload)) evidence.set("ts", to_iso_text(*time));
  return evidence.take();
}

std::optional<UtcTime> event_time(const Json& payload) {
  for (const std::string_view key : {"ts", "timestamp", "observed_at", "occurred_at"}) {
    const Json* value = payload.find(key);
    if (value == nullptr) continue;
    if (const auto time = time_of(*value)) return time;
  }
  return std::nullopt;
}

}  // namespace decnet::lifters
