#include "decnet/lifters/lifter.h"

namespace decnet::lifters {

void Lifting::fire(const rules::Rule& rule, Json evidence) const {
  keep_allowed(evidence, event.source_kind, rule, dropped);
  for (std::size_t i = 0; i < rule.emits.size(); ++i) {
    const auto& [written, placed] = rule.emits[i];
    Tag& tag = tags.emplace_back();
    // The ids the rule is written with, not those it is stored under: a replay under another
    // ATT&CK release must find its tags again.
    tag.uuid =
        tag_uuid({.source_kind = event.source_kind,
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
    tag.confidence = written.confidence;
    tag.rule_id = rule.definition.id;
    tag.rule_version = rule.definition.version;
    if (i + 1 < rule.emits.size()) tag.evidence = evidence;
    tag.attack_release = rules.attack_release();
    tag.mitre_url = placed.mitre_url;
    tag.created_at = now;
  }
  if (!rule.emits.empty()) tags.back().evidence = std::move(evidence);
}

}  // namespace decnet::lifters
