// What tests of lifters share: rules from their text, and a lifter run on one event.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/log.h"
#include "decnet/lifters/lifter.h"
#include "decnet/rules/reader.h"

namespace decnet::lifters::test {

inline std::vector<rules::Definition> definitions(const std::vector<std::string>& yamls) {
  std::vector<rules::Definition> result;
  for (const std::string& yaml : yamls) {
    std::vector<rules::Problem> problems;
    auto definition = rules::read_definition(yaml, "test.yaml", problems);
    for (const rules::Problem& problem : problems) ADD_FAILURE() << problem.text();
    if (definition) result.push_back(*std::move(definition));
  }
  return result;
}

inline std::shared_ptr<const rules::RuleSet> rule_set(
    const std::vector<std::string>& yamls,
    const std::shared_ptr<const attack::Catalogue>& catalogue = attack::Catalogue::built_in()) {
  return rules::RuleSet::compile(definitions(yamls), *catalogue).rules;
}

// A rule that emits T1059 once.
inline std::string rule(std::string_view id, std::string_view kinds, std::string_view match,
                        std::string_view evidence_fields = "[]") {
  return fmt::format(
      "rule_id: {}\nrule_version: 1\nname: n\napplies_to: {}\nmatch: {}\n"
      "emits: [{{technique_id: T1059, tactic: TA0002, confidence: 0.85}}]\n"
      "evidence_fields: {}\n",
      id, kinds, match, evidence_fields);
}

inline Event event(std::string_view kind, Json payload) {
  Event result;
  result.source_kind = kind;
  result.source_id = "source-1";
  result.attacker_uuid = "attacker-1";
  result.payload = std::move(payload);
  return result;
}

inline Json json(std::string_view text) { return Json::parse(text).value(); }

struct Lifted {
  std::vector<Tag> tags;
  std::size_t dropped_keys = 0;
};

inline Lifted lift(std::string_view lifter, const rules::RuleSet& rules, const Event& event,
                   const Knowledge& known = Knowledge::built_in()) {
  Lifted result;
  DroppedKeys dropped;
  for (const Lifter& candidate : registry()) {
    if (candidate.name != lifter) continue;
    candidate.lift({event, rules, UtcTime(), result.tags, dropped, nullptr, nullptr, known});
  }
  result.dropped_keys = dropped.size();
  return result;
}

// The evidence of the only tag, or why there is none such.
inline std::string evidence(std::string_view lifter, const std::string& yaml, const Event& event) {
  const auto rules = rule_set({yaml});
  const Lifted lifted = lift(lifter, *rules, event);
  if (lifted.tags.size() != 1) return fmt::format("{} tags", lifted.tags.size());
  return lifted.tags.front().evidence.dump();
}

// One row of a decision table: what a rule makes of a payload, as the evidence of its only tag or
// as "0 tags".
struct Decision {
  std::string name;
  std::string rule;  // its YAML
  std::string payload;
  std::string evidence;
};
inline const std::string kSilent = "0 tags";

// Holds the lifter to a row. Whatever is missing or wrong in it, nothing is logged.
inline void expect_decision(std::string_view lifter, std::string_view kind,
                            const Decision& decision) {
  const log::Capture log;
  EXPECT_EQ(evidence(lifter, decision.rule, event(kind, json(decision.payload))),
            decision.evidence);
  EXPECT_TRUE(log.records().empty()) << log.records().front().message;
}

inline std::string name_of(const testing::TestParamInfo<Decision>& row) { return row.param.name; }

}  // namespace decnet::lifters::test
