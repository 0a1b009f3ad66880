#include "decnet/lifters/lifter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace decnet::lifters
