#include "decnet/lifters/lifter.h"

#include <utility>

namespace decnet::lifters {

void Lifting::fire(const rules::Rule& rule, Json evidence) const {
  if (silenced(rule)) return withhold(rule);
  keep_allowed(evidence, event.source_kind, rule, dropped);
  for (std::size_t i = 0; i + 1 < rule.emits.size(); ++i) add(rule, i, evidence, 1.0);
  if (!rule.emits.empty()) add(rule, rule.emits.size() - 1, std::move(evidence), 1.0);
}

void Lifting::fire_emit(const rules::Rule& rule, std::size_t emit, Json evidence,
                        double factor) const {
  if (silenced(rule)) return withhold(rule, emit);
  keep_allowed(evidence, event.source_kind, rule, dropped);
  add(rule, emit, std::move(evidence), factor);
}

void Lifting::withhold(const rules::Rule& rule) const {
  for (std::size_t i = 0; i < rule.emits.size(); ++i) withhold(rule, i);
}

void Lifting::withhold(const rules::Rule& rule, std::size_t emit) const {
  if (suppressed == nullptr) return;
  const attack::Placement& placed = rule.emits[emit].placement;
  Suppressed& one = suppressed->emplace_back();
  one.reason = Suppressed::Reason::kRuleDisabled;
  one.rule_id = rule.definition.id;
  one.rule_version = rule.definition.version;
  one.technique_id = placed.technique_id;
  one.sub_technique_id = placed.sub_technique_id;
  one.source_kind = event.source_kind;
  one.source_id = event.source_id;
  one.attacker_uuid = event.attacker_uuid;
  one.identity_uuid = event.identity_uuid;
  one.session_id = event.session_id;
}

void Lifting::add(const rules::Rule& rule, std::size_t emit, Json evidence, double factor) const {
  const auto& [written, placed] = rule.emits[emit];
  double confidence = written.confidence;
  if (!(factor >= 1.0)) confidence *= factor > 0.0 ? factor : 0.0;  // what is no number is nothing
  const rules::State* state = states == nullptr ? nullptr : states->state(rule);
  if (state != nullptr) {
    const auto left = state->apply(confidence, now);
    if (!left) return withhold(rule, emit);
    confidence = *left;
  }
  Tag& tag = tags.emplace_back();
  // The ids the rule is written with, not those it is stored under: a replay under another
  // ATT&CK release must find its tags again.
  tag.uuid = tag_uuid({.source_kind = event.source_kind,
                       .source_id = event.source_id,
                       .rule_id = rule.definition.id.text(),
                       .rule_version = rule.definition.version,
                       .technique_id = written.technique_id.text(),
                       .sub_technique_id = written.sub_technique_id
                                               ? std::string_view(written.sub_technique_id->text())
                                               : std::string_view()});
  tag.source_kind = event.source_kind;
  tag.source_id = event.source_id;
  tag.attacker_uuid = event.attacker_uuid;
  tag.identity_uuid = event.identity_uuid;
  tag.session_id = event.session_id;
  tag.decky_id = event.decky_id;
  tag.tactic = placed.tactic;
  tag.technique_id = placed.technique_id;
  tag.sub_technique_id = placed.sub_technique_id;
  tag.confidence = confidence;
  tag.rule_id = rule.definition.id;
  tag.rule_version = rule.definition.version;
  tag.evidence = std::move(evidence);
  tag.attack_release = rules.attack_release();
  tag.mitre_url = placed.mitre_url;
  tag.created_at = now;
}

}  // namespace decnet::lifters
