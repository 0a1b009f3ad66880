// http_fingerprint.cc: clients that give themselves away by how they speak HTTP.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kHttpFingerprint};

struct Finding {
  std::string kind;
  std::string hash;
  std::string protocol;
  Json raw;
};
struct Question {
  const catalogues::Catalogues& catalogues;
  const Json& parameters;
  const Json& payload;
};

// Whether the rule's list names the prefix; without a list, whether the catalogue does.
bool is_scanner(const Question& ask, std::string_view prefix) {
  if (ask.parameters.find("catalogues") == nullptr) {
    return ask.catalogues.http_client(prefix) != nullptr;
  }
  for (const std::string_view listed : texts(ask.parameters, "catalogues")) {
    if (listed == prefix) return true;
  }
  return false;
}

std::optional<Finding> scanner_client(const Question& ask) {
  constexpr std::size_t kPrefixCharacters = 10;
  const std::string* ja4h = some_text(ask.payload, "ja4h");
  if (ja4h == nullptr) return std::nullopt;
  const std::size_t underscore = ja4h->find('_');
  const auto prefix = std::string_view(*ja4h).substr(
      0, underscore == std::string::npos ? kPrefixCharacters : underscore);
  if (!is_scanner(ask, prefix)) return std::nullopt;
  const std::string* protocol = text(ask.payload, "protocol");
  return Finding{"ja4h", *ja4h, protocol == nullptr ? "h1" : *protocol, Json()};
}

std::optional<Finding> settings_probe(const Question& ask) {
  const std::string* type = text(ask.payload, "fingerprint_type");
  if (type == nullptr || (*type != "http2_settings" && *type != "http3_settings")) {
    return std::nullopt;
  }
  const Json* settings = ask.payload.find("settings");
  return Finding{*type, "", *type == "http2_settings" ? "h2" : "h3",
                 settings == nullptr ? Json() : *settings};
}

std::optional<Finding> quic_probe(const Question& ask) {
  const std::string* hash = some_text(ask.payload, "ja4_quic");
  if (hash == nullptr) return std::nullopt;
  return Finding{"ja4_quic", *hash, "h3", Json()};
}

// Rules are known by their id, wherever they come from, or by their match kind.
struct Predicate {
  std::string_view rule_id;
  std::string_view match_kind;
  std::optional<Finding> (*judge)(const Question& ask);
};
constexpr std::array kPredicates = {
    Predicate{"HFP-0001", "lifter:http_fingerprint_scanner_client", scanner_client},
    Predicate{"HFP-0002", "lifter:http_fingerprint_settings_probe", settings_probe},
    Predicate{"HFP-0003", "lifter:http_fingerprint_quic_probe", quic_probe},
};

const Predicate* predicate_of(const rules::Definition& rule) {
  for (const Predicate& predicate : kPredicates) {
    if (rule.id.text() == predicate.rule_id) return &predicate;
  }
  for (const Predicate& predicate : kPredicates) {
    if (rule.match_kind == predicate.match_kind) return &predicate;
  }
  return nullptr;
}

Json evidence_of(const Finding& finding, const Json& payload) {
  const auto said = [&payload](std::string_view key) {
    const std::string* value = text(payload, key);
    return value == nullptr ? Json("") : Json(*value);
  };
  Evidence evidence;
  evidence.set("kind", finding.kind);
  evidence.set("hash", finding.hash);
  evidence.set("protocol", finding.protocol);
  evidence.set("client_ip", said("client_ip"));
  evidence.set("seen_at", said("seen_at"));
  evidence.set("raw", finding.raw);
  return evidence.take();
}

void lift(const Lifting& lifting) {
  const Json& payload = lifting.event.payload;
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    const Predicate* predicate = predicate_of(rule->definition);
    if (predicate == nullptr) continue;
    if (const auto finding =
            predicate->judge({*lifting.known.catalogues, rule->definition.parameters, payload})) {
      lifting.fire(*rule, evidence_of(*finding, payload));
    }
  }
}

}  // namespace

Lifter http_fingerprint() { return {"http_fingerprint", kKinds, lift}; }

}  // namespace decnet::lifters
