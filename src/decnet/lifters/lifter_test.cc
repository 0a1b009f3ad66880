#include "decnet/lifters/lifter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "decnet/lifters/lifting_test.h"
#include "tests/test_main.h"

namespace decnet::lifters {
namespace {

using testing::SizeIs;

const std::string kTwoEmits =
    "rule_id: R0016\nrule_version: 3\nname: n\napplies_to: [command]\nmatch: {pattern: find}\n"
    "emits:\n"
    "- {technique_id: T1083, tactic: TA0007, confidence: 0.6}\n"
    "- {technique_id: T1548, sub_technique_id: T1548.001, tactic: TA0004, confidence: 0.85}\n"
    "evidence_fields: [command_text]\n";

Event find_event() {
  Event event = test::event("command", Json::object({{"command_text", "find /"}}));
  event.source_id = "cmd_42";
  event.identity_uuid = "identity-1";
  event.session_id = "session-1";
  event.decky_id = "decky-1";
  return event;
}

TEST(TagAssembly, OneTagPerEmit) {
  const auto rules = test::rule_set({kTwoEmits});
  const auto tags = test::lift("rule_engine", *rules, find_event()).tags;
  ASSERT_THAT(tags, SizeIs(2));

  EXPECT_EQ(tags[0].source_kind, "command");
  EXPECT_EQ(tags[0].source_id, "cmd_42");
  EXPECT_EQ(tags[0].attacker_uuid, "attacker-1");
  EXPECT_EQ(tags[0].identity_uuid, "identity-1");
  EXPECT_EQ(tags[0].session_id, "session-1");
  EXPECT_EQ(tags[0].decky_id, "decky-1");
  EXPECT_EQ(tags[0].rule_id, RuleId("R0016"));
  EXPECT_EQ(tags[0].rule_version, 3);
  EXPECT_EQ(tags[0].attack_release, "v19");
  EXPECT_EQ(tags[0].tactic, TacticId("TA0007"));
  EXPECT_EQ(tags[0].technique_id, TechniqueId("T1083"));
  EXPECT_FALSE(tags[0].sub_technique_id);
  EXPECT_DOUBLE_EQ(tags[0].confidence, 0.6);
  EXPECT_EQ(tags[0].mitre_url, "https://attack.mitre.org/techniques/T1083");
  EXPECT_EQ(tags[0].uuid, tag_uuid({"command", "cmd_42", "R0016", 3, "T1083", ""}));

  EXPECT_EQ(tags[1].technique_id, TechniqueId("T1548"));
  EXPECT_EQ(tags[1].sub_technique_id, TechniqueId("T1548.001"));
  EXPECT_EQ(tags[1].mitre_url, "https://attack.mitre.org/techniques/T1548/001");
  EXPECT_EQ(tags[1].uuid, tag_uuid({"command", "cmd_42", "R0016", 3, "T1548", "T1548.001"}));
  EXPECT_EQ(tags[0].evidence, tags[1].evidence);
}

TEST(TagAssembly, TakesTheTimeItIsGiven) {
  const auto rules = test::rule_set({kTwoEmits});
  const Event event = find_event();
  std::vector<Tag> tags;
  DroppedKeys dropped;
  const UtcTime now = *parse_time("2026-04-25T06:23:30Z");
  Lifting{event, *rules, now, tags, dropped}.fire(*rules->rules()[0], Json::object({}));
  ASSERT_THAT(tags, SizeIs(2));
  EXPECT_EQ(tags[0].created_at, now);
  EXPECT_EQ(tags[0].evidence.dump(), "{}");
}

TEST(TagAssembly, EvidenceIsNeverNull) {
  const auto rules = test::rule_set({kTwoEmits});
  const Event event = find_event();
  std::vector<Tag> tags;
  DroppedKeys dropped;
  Lifting{event, *rules, UtcTime(), tags, dropped}.fire(*rules->rules()[0], Json());
  EXPECT_EQ(tags.at(0).evidence.dump(), "{}");
}

// v19 revoked T1562.001. A replay under another release must find the same tags again, so the uuid
// is made of what the rule says, and the columns of what the release says.
TEST(TagAssembly, ARevokedTechniqueKeepsItsUuidAcrossReleases) {
  const std::string yaml =
      "rule_id: R0950\nrule_version: 1\nname: n\napplies_to: [command]\n"
      "match: {pattern: ufw disable}\nemits:\n"
      "- {technique_id: T1562, sub_technique_id: T1562.001, tactic: TA0005, confidence: 0.9}\n";
  const Event event = test::event("command", Json::object({{"command_text", "ufw disable"}}));
  const auto of_v19 = test::lift("rule_engine", *test::rule_set({yaml}), event).tags;
  ASSERT_THAT(of_v19, SizeIs(1));
  EXPECT_EQ(of_v19[0].technique_id, TechniqueId("T1685"));
  EXPECT_FALSE(of_v19[0].sub_technique_id);
  EXPECT_EQ(of_v19[0].tactic, TacticId("TA0112"));
  EXPECT_EQ(of_v19[0].mitre_url, "https://attack.mitre.org/techniques/T1685");
  EXPECT_EQ(of_v19[0].attack_release, "v19");
  EXPECT_EQ(of_v19[0].uuid, tag_uuid({"command", "source-1", "R0950", 1, "T1562", "T1562.001"}));

  DECNET_CORPUS_OR_SKIP(bundle, "attack/enterprise-attack-18.1.json");
  const auto catalogue = attack::Catalogue::open(bundle);
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  const auto of_v18 = test::lift("rule_engine", *test::rule_set({yaml}, *catalogue), event).tags;
  ASSERT_THAT(of_v18, SizeIs(1));
  EXPECT_EQ(of_v18[0].technique_id, TechniqueId("T1562"));
  EXPECT_EQ(of_v18[0].sub_technique_id, TechniqueId("T1562.001"));
  EXPECT_EQ(of_v18[0].tactic, TacticId("TA0005"));
  EXPECT_EQ(of_v18[0].mitre_url, "https://attack.mitre.org/techniques/T1562/001");
  EXPECT_EQ(of_v18[0].attack_release, "v18.1");
  EXPECT_EQ(of_v18[0].uuid, of_v19[0].uuid);
}

TEST(TagAssembly, AnUnknownTechniqueHasNoUrl) {
  const auto rules = test::rule_set(
      {"rule_id: R1\nrule_version: 1\nname: n\napplies_to: [command]\nmatch: {pattern: find}\n"
       "emits: [{technique_id: T9999, tactic: TA0007, confidence: 0.9}]\n"});
  const auto tags = test::lift("rule_engine", *rules, find_event()).tags;
  ASSERT_THAT(tags, SizeIs(1));
  EXPECT_EQ(tags[0].technique_id, TechniqueId("T9999"));
  EXPECT_FALSE(tags[0].mitre_url);
}

// --- under operators' states

struct Fired {
  std::vector<Tag> tags;
  std::vector<Suppressed> suppressed;
};

rules::State state(rules::State::Kind kind, std::optional<double> ceiling = {},
                   std::optional<UtcTime> expires_at = {}) {
  rules::State result;
  result.kind = kind;
  result.confidence_max = ceiling;
  result.expires_at = expires_at;
  return result;
}

const UtcTime kNow = *parse_time("2026-04-25T06:23:30Z");

// The rule with two emits (0.6 and 0.85), fired by `fire`.
template <typename Fire>
Fired fired_under(const rules::State& of_rule, Fire fire) {
  const auto rules = test::rule_set({kTwoEmits});
  const rules::Overlay states(*rules, {{RuleId("R0016"), of_rule}});
  const Event event = find_event();
  Fired fired;
  DroppedKeys dropped;
  fire(Lifting{event, *rules, kNow, fired.tags, dropped, &states, &fired.suppressed},
       *rules->rules()[0]);
  return fired;
}

struct Ceiling {
  std::string name;
  rules::State state;
  double factor;
  std::vector<double> confidences;
};

class Ceilings : public testing::TestWithParam<Ceiling> {};

TEST_P(Ceilings, CountAfterTheFactor) {
  const Ceiling& c = GetParam();
  const Fired fired = fired_under(c.state, [&](const Lifting& lifting, const rules::Rule& rule) {
    for (std::size_t i = 0; i < 2; ++i) lifting.fire_emit(rule, i, Json::object({}), c.factor);
  });
  std::vector<double> confidences;
  for (const Tag& tag : fired.tags) confidences.push_back(tag.confidence);
  ASSERT_EQ(confidences.size(), c.confidences.size());
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    EXPECT_DOUBLE_EQ(confidences[i], c.confidences[i]);
  }
  EXPECT_EQ(fired.suppressed.size(), 2 - c.confidences.size());
}

using StateKind = rules::State::Kind;
INSTANTIATE_TEST_SUITE_P(
    Lifting, Ceilings,
    testing::ValuesIn(std::vector<Ceiling>{
        {"None", state(StateKind::kEnabled, 0.1), 1.0, {0.6, 0.85}},
        {"Factor", state(StateKind::kEnabled), 0.5, {0.3, 0.425}},
        {"FactorsNeverRaise", state(StateKind::kEnabled), 1.5, {0.6, 0.85}},
        {"NoNegatives", state(StateKind::kEnabled), -1, {0, 0}},
        {"NoNumber", state(StateKind::kEnabled), std::nan(""), {0, 0}},
        {"Clipped", state(StateKind::kClipped, 0.7), 1.0, {0.6, 0.7}},
        {"ClippedAfterTheFactor", state(StateKind::kClipped, 0.4), 0.5, {0.3, 0.4}},
        {"ClippedWithoutCeiling", state(StateKind::kClipped), 1.0, {0.6, 0.85}},
        {"Disabled", state(StateKind::kDisabled), 1.0, {}},
        {"DisabledOnceUponATime", state(StateKind::kDisabled, {}, kNow), 1.0, {0.6, 0.85}},
        {"ClippedOnceUponATime", state(StateKind::kClipped, 0.1, kNow), 1.0, {0.6, 0.85}},
    }),
    [](const auto& row) { return row.param.name; });

TEST(TagAssembly, ADisabledRuleSaysWhatItWouldHaveGiven) {
  const Fired fired =
      fired_under(state(StateKind::kDisabled), [](const Lifting& lifting, const rules::Rule& rule) {
        lifting.fire(rule, Json::object({{"command_text", "find /"}}));
      });
  EXPECT_THAT(fired.tags, SizeIs(0));
  const auto would_be = test::lift("rule_engine", *test::rule_set({kTwoEmits}), find_event()).tags;
  ASSERT_THAT(fired.suppressed, SizeIs(2));
  ASSERT_THAT(would_be, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(fired.suppressed[i], suppressed(would_be[i], Suppressed::Reason::kRuleDisabled));
  }
}

TEST(TagAssembly, NobodyNeedsToAskWhatWasWithheld) {
  const auto rules = test::rule_set({kTwoEmits});
  const rules::Overlay states(*rules, {{RuleId("R0016"), state(StateKind::kDisabled)}});
  const Event event = find_event();
  std::vector<Tag> tags;
  DroppedKeys dropped;
  Lifting{event, *rules, kNow, tags, dropped, &states}.fire(*rules->rules()[0], Json::object({}));
  EXPECT_THAT(tags, SizeIs(0));
}

}  // namespace
}  // namespace decnet::lifters
