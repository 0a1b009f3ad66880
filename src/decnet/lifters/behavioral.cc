// behavioral.cc: what a session, a request or a mail amounts to: beacons, destruction, ransom
// notes, bulk reads and uploads, secrets in files, ways out of a container.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"
#include "decnet/matching/evaluated_text.h"
#include "decnet/matching/pattern.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kSession, SourceKind::kEmail, SourceKind::kHttpRequest};

// What one judgement sees, and what it adds to the evidence when the rule fires.
struct Question {
  const rules::RuleSet& rules;
  const rules::Rule& rule;
  const Json& parameters;
  const Json& payload;
};
using Answer = std::optional<Json::Object>;

Answer fires() { return Json::Object(); }
Answer fires_if(bool condition) { return condition ? fires() : std::nullopt; }

Answer beaconing(const Question& ask) {
  const auto interval = number(ask.payload, "beacon_interval_s");
  const auto jitter = number(ask.payload, "beacon_jitter_pct");
  const auto min_interval = number_parameter(ask.parameters, "min_interval_s", 0.0);
  const auto max_jitter = number_parameter(ask.parameters, "max_jitter_pct", 1.0);
  return fires_if(interval && jitter && min_interval && max_jitter && *interval >= *min_interval &&
                  *jitter <= *max_jitter);
}

Answer data_destruction(const Question& ask) {
  const std::string* text = first_text(ask.payload, {"op_text", "command_text"});
  if (text == nullptr) return std::nullopt;
  const auto pattern = ask.rules.first_pattern(ask.rule, *text);
  if (!pattern) return std::nullopt;
  return Json::Object{{"matched_op", *pattern}};
}

// The alphabets leave out what is easily mistaken for another: 0, O, I, l in base 58; 1, b, i, o
// in bech32.
std::shared_ptr<const matching::Pattern> compiled(const char* pattern) {
  return matching::Pattern::compile(pattern).value();
}

// The first address in the text, of Bitcoin before Monero.
std::optional<std::string> currency_address(std::string_view text) {
  static const std::array kPatterns = {
      compiled(R"(\b(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[ac-hj-np-z02-9]{11,71})\b)"),
      compiled(R"(\b4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b)"),
  };
  for (const auto& pattern : kPatterns) {
    const auto [outcome, where] = pattern->search(text);
    if (outcome == matching::Pattern::Outcome::kFound) {
      return std::string(text.substr(where.begin, where.end - where.begin));
    }
  }
  return std::nullopt;
}

Answer ransom_note(const Question& ask) {
  const std::string* whole = first_text(ask.payload, {"body_text", "note_text"});
  if (whole == nullptr) return std::nullopt;
  matching::EvaluatedText evaluated;
  matching::evaluated_text(*whole, evaluated);
  const std::string text = lower_case(evaluated.text);
  Json::Array found;
  for (const std::string_view keyword : texts(ask.parameters, "payment_keywords")) {
    if (!keyword.empty() && text.find(lower_case(keyword)) != std::string::npos) {
      found.emplace_back(keyword);
    }
  }
  if (found.empty()) return std::nullopt;
  Json::Object extras;
  if (is_truthy(ask.parameters, "require_btc_or_xmr")) {
    auto address = currency_address(evaluated.text);
    if (!address) return std::nullopt;
    extras.emplace_back("btc_address", *std::move(address));
  }
  extras.emplace_back("matched_keywords", std::move(found));
  return extras;
}

bool at_least(const std::optional<double>& value, const std::optional<double>& least) {
  return value && least && *value >= *least;
}
bool at_least(const std::int64_t* value, const std::optional<std::int64_t>& least) {
  return value != nullptr && least && *value >= *least;
}

Answer exfil_over_web(const Question& ask) {
  return fires_if(at_least(number(ask.payload, "bytes_out"),
                           number_parameter(ask.parameters, "min_payload_bytes", 0.0)) ||
                  at_least(integer(ask.payload, "request_count"),
                           integer_parameter(ask.parameters, "request_threshold", 0)));
}

Answer db_mass_read(const Question& ask) {
  return fires_if(at_least(integer(ask.payload, "rows_read"),
                           integer_parameter(ask.parameters, "min_rows", 0)) ||
                  at_least(number(ask.payload, "bytes_read"),
                           number_parameter(ask.parameters, "min_bytes", 0.0)));
}

Answer secret_path(const Question& ask) {
  const std::string* path = first_text(ask.payload, {"matched_path", "request_path", "path"});
  if (path == nullptr || !ask.rules.first_pattern(ask.rule, *path)) return std::nullopt;
  return Json::Object{{"matched_path", *path}};
}

Answer docker_escape(const Question& ask) {
  const auto seen = texts(ask.payload, "signals");
  for (const std::string_view signal : texts(ask.parameters, "signals")) {
    for (const std::string_view one : seen) {
      if (one == signal) return Json::Object{{"matched_signal", signal}};
    }
  }
  return std::nullopt;
}

Answer llmnr_poisoning(const Question& ask) {
  const std::int64_t* count = integer(ask.payload, "llmnr_poison_count");
  return fires_if(is_true(ask.payload, "llmnr_poisoned") || (count != nullptr && *count >= 1));
}

Answer tftp_router_config(const Question& ask) {
  const std::string* name = some_text(ask.payload, "tftp_filename");
  return fires_if(name != nullptr && ask.rules.first_pattern(ask.rule, *name));
}

struct Predicate {
  std::string_view match_kind;
  Answer (*judge)(const Question& ask);
};
constexpr std::array kPredicates = {
    Predicate{"lifter:behavioral_beaconing", beaconing},
    Predicate{"lifter:behavioral_credentials_in_files", secret_path},
    Predicate{"lifter:behavioral_data_destruction", data_destruction},
    Predicate{"lifter:behavioral_db_mass_read", db_mass_read},
    Predicate{"lifter:behavioral_docker_escape", docker_escape},
    Predicate{"lifter:behavioral_exfil_over_web", exfil_over_web},
    Predicate{"lifter:behavioral_k8s_sa_token", secret_path},
    Predicate{"lifter:behavioral_llmnr_poisoning", llmnr_poisoning},
    Predicate{"lifter:behavioral_ransom_note", ransom_note},
    Predicate{"lifter:behavioral_tftp_router_config", tftp_router_config},
};

void lift(const Lifting& lifting) {
  const Event& event = lifting.event;
  for (const rules::Rule* rule : lifting.rules.lifter_rules(event.source_kind)) {
    for (const Predicate& predicate : kPredicates) {
      if (rule->definition.match_kind != predicate.match_kind) continue;
      if (auto extras =
              predicate.judge({lifting.rules, *rule, rule->definition.parameters, event.payload})) {
        lifting.fire(*rule, evidence_of(event, *rule, *std::move(extras)));
      }
    }
  }
}

}  // namespace

Lifter behavioral() { return {"behavioral", kKinds, lift}; }

}  // namespace decnet::lifters
