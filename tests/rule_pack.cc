#include "tests/rule_pack.h"

#include <utility>

#include "decnet/attack/catalogue.h"
#include "decnet/rules/loader.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

RulePack read_shipped_pack() {
  auto loaded = rules::load_directory(source_dir() / "rules" / "ttp");
  auto compiled = rules::RuleSet::compile(std::move(loaded.rules), *attack::Catalogue::built_in());
  RulePack pack{std::move(compiled.rules), std::move(loaded.problems)};
  for (auto& problem : compiled.problems) pack.problems.push_back(std::move(problem));
  return pack;
}

std::string_view searched_field(const rules::Definition& rule) {
  const std::string_view kind = rule.applies_to.front();
  return rule.field.empty() ? rules::default_field(kind) : rules::payload_key(kind, rule.field);
}

}  // namespace

const RulePack& shipped_pack() {
  static const RulePack pack = read_shipped_pack();
  return pack;
}

std::vector<const rules::Rule*> shipped_pattern_rules(std::string_view source_kind) {
  std::vector<const rules::Rule*> found;
  for (const auto& rule : shipped_pack().rules->rules()) {
    if (rule->definition.is_pattern_rule() && rule->applies_to(source_kind)) {
      found.push_back(rule.get());
    }
  }
  return found;
}

Event sample_event(const rules::Rule& rule, const Json& sample) {
  Event event;
  event.source_kind = rule.definition.applies_to.front();
  event.source_id = "sample";
  event.attacker_uuid = "00000000-0000-0000-0000-000000000001";
  if (event.source_kind == to_string(SourceKind::kIdentity)) event.identity_uuid = "identity";
  event.payload = sample;
  if (sample.object() == nullptr) {
    event.payload = Json::object({{std::string(searched_field(rule.definition)), sample}});
  }
  return event;
}

std::vector<std::string> positive_texts(const rules::Rule& rule) {
  std::vector<std::string> texts;
  for (const Json& sample : rule.definition.samples.fires) {
    if (const std::string* text = sample.string()) texts.push_back(*text);
  }
  return texts;
}

}  // namespace decnet::test
