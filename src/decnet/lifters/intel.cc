// intel.cc: what threat intelligence providers say of an attacker's address. Which of their words
// stand for which techniques is data (catalogues/data).
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "decnet/catalogues/intel_mapping.h"
#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

using catalogues::IntelMapping;
using catalogues::IntelSignal;

constexpr std::array kKinds = {SourceKind::kIntel};

// One technique that a provider's words selected.
struct Selected {
  std::string technique_id;
  double multiplier = 0.0;  // the highest of the signals
  Json::Array signals;      // as the payload has them, in its order
  Json::Object extras;
};

class Selection {
 public:
  // Adds the techniques of a signal, met in the payload as `as_met`.
  void add(const IntelSignal& signal, const Json& as_met, double multiplier,
           std::optional<double> score = std::nullopt) {
    for (const auto& technique : signal.techniques) {
      if (technique.score_threshold) {
        const bool reached = score && *score >= static_cast<double>(*technique.score_threshold);
        if (!reached) continue;
      }
      Selected& one = of(technique.technique_id);
      one.multiplier = std::max(one.multiplier, multiplier);
      if (one.signals.size() < kMaxEvidenceCharacters) one.signals.push_back(as_met);
    }
  }

  [[nodiscard]] bool has(std::string_view technique_id) const {
    return std::any_of(all_.begin(), all_.end(), [technique_id](const Selected& one) {
      return one.technique_id == technique_id;
    });
  }

  // In the order they were first selected.
  std::vector<Selected>& all() { return all_; }

 private:
  Selected& of(const std::string& technique_id) {
    for (Selected& one : all_) {
      if (one.technique_id == technique_id) return one;
    }
    return all_.emplace_back(Selected{technique_id, 0.0, {}, {}});
  }

  std::vector<Selected> all_;
};

std::vector<Selected> abuseipdb(const Json& payload) {
  const auto score = number(payload, "abuseipdb_score");
  const Json* categories = first_truthy(payload, {"abuseipdb_categories", "categories"});
  if (!score || categories == nullptr || categories->array() == nullptr) return {};
  const IntelMapping& mapping = IntelMapping::of("abuseipdb");
  Selection selection;
  for (const Json& category : *categories->array()) {
    if (category.integer() == nullptr) continue;
    const auto* signal = mapping.find(fmt::format("cat_{}", *category.integer()));
    if (signal != nullptr) selection.add(*signal, category, *score / 100, score);
  }
  constexpr double kWholeNumbers = 9e15;
  const double whole = std::trunc(std::clamp(*score, -kWholeNumbers, kWholeNumbers));
  for (Selected& one : selection.all()) {
    one.extras.emplace_back("abuseipdb_categories", std::move(one.signals));
    one.extras.emplace_back("abuse_confidence_score", static_cast<std::int64_t>(whole));
  }
  return std::move(selection.all());
}

std::vector<Selected> greynoise(const Json& payload) {
  constexpr std::string_view kCommandAndControl = "T1071";
  const IntelMapping& mapping = IntelMapping::of("greynoise");
  const Json* classification = payload.find("greynoise_classification");
  const std::string* word = classification == nullptr ? nullptr : classification->string();
  Selection selection;
  const auto classified = [&](std::string_view as) {
    if (word == nullptr || *word != as) return;
    if (const auto* signal = mapping.find(as)) selection.add(*signal, *word, signal->multiplier);
  };
  classified("scanner");
  for (const std::string_view tag : texts(payload, "greynoise_tags")) {
    if (tag == "scanner" || tag == "malicious") continue;  // verdicts, not tags
    if (const auto* signal = mapping.find(tag)) selection.add(*signal, tag, signal->multiplier);
  }
  // A tag that names the framework says more than the verdict.
  if (!selection.has(kCommandAndControl)) classified("malicious");
  for (Selected& one : selection.all()) {
    one.extras.emplace_back("greynoise_classification",
                            classification == nullptr ? Json() : *classification);
    one.extras.emplace_back("greynoise_tags", std::move(one.signals));
  }
  return std::move(selection.all());
}

std::vector<Selected> feodo(const Json& payload) {
  if (!is_true(payload, "feodo_listed")) return {};
  Selection selection;
  if (const auto* signal = IntelMapping::of("feodo").find("feodo_listed")) {
    selection.add(*signal, true, signal->multiplier);
  }
  const std::string* family = first_text(payload, {"feodo_malware_family", "malware_family"});
  for (Selected& one : selection.all()) {
    one.extras.emplace_back("feodo_listed", true);
    if (family != nullptr) one.extras.emplace_back("malware_family", *family);
  }
  return std::move(selection.all());
}

// The strings of a list, or the one string.
Json::Array one_or_many(const Json* value) {
  Json::Array result;
  if (value == nullptr) return result;
  if (value->string() != nullptr) result.push_back(*value);
  if (value->array() == nullptr) return result;
  for (const Json& element : *value->array()) {
    if (element.string() != nullptr) result.push_back(element);
  }
  return result;
}

std::vector<Selected> threatfox(const Json& payload) {
  const IntelMapping& mapping = IntelMapping::of("threatfox");
  Selection selection;
  for (const Json& type :
       one_or_many(first_truthy(payload, {"threatfox_threat_types", "threat_type"}))) {
    if (const auto* signal = mapping.find(*type.string())) {
      selection.add(*signal, type, signal->multiplier);
    }
  }
  const auto families =
      one_or_many(first_truthy(payload, {"threatfox_malware_families", "malware_family"}));
  const auto formats = one_or_many(payload.find("threatfox_ioc_types"));
  for (Selected& one : selection.all()) {
    one.extras.emplace_back("threat_types", std::move(one.signals));
    if (!families.empty()) one.extras.emplace_back("malware_families", families);
    if (!formats.empty()) one.extras.emplace_back("ioc_types", formats);
  }
  return std::move(selection.all());
}

struct Provider {
  std::string_view match_kind;
  std::vector<Selected> (*select)(const Json& payload);
};
constexpr std::array kProviders = {
    Provider{"lifter:intel_abuseipdb", abuseipdb},
    Provider{"lifter:intel_feodo", feodo},
    Provider{"lifter:intel_greynoise", greynoise},
    Provider{"lifter:intel_threatfox", threatfox},
};

// The emits that were selected, in the rule's order.
void fire_selected(const Lifting& lifting, const rules::Rule& rule,
                   const std::vector<Selected>& selected) {
  for (std::size_t i = 0; i < rule.emits.size(); ++i) {
    for (const Selected& one : selected) {
      if (rule.emits[i].written.technique_id.text() != one.technique_id) continue;
      lifting.fire_emit(rule, i, evidence_of(lifting.event, rule, one.extras), one.multiplier);
    }
  }
}

void lift(const Lifting& lifting) {
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    for (const Provider& provider : kProviders) {
      if (rule->definition.match_kind != provider.match_kind) continue;
      fire_selected(lifting, *rule, provider.select(lifting.event.payload));
    }
  }
}

}  // namespace

Lifter intel() { return {"intel", kKinds, lift}; }

}  // namespace decnet::lifters
