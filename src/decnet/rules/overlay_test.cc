#include "decnet/rules/overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = State::Kind;

const UtcTime kNow = *parse_time("2026-04-25T06:23:30Z");

Definition pattern_rule(std::string_view id, std::string_view pattern) {
  Definition definition;
  definition.id = RuleId(id);
  definition.applies_to = {"command"};
  definition.pattern = pattern;
  definition.emits = {{TechniqueId("T1083"), std::nullopt, TacticId("TA0007"), 0.9}};
  return definition;
}

std::shared_ptr<const RuleSet> three_rules() {
  return RuleSet::compile(std::vector<Definition>{pattern_rule("R1", "ls"), pattern_rule("R2", "l"),
                                                  pattern_rule("R3", "s$")},
                          *attack::Catalogue::built_in())
      .rules;
}

State state(Kind kind, std::optional<UtcTime> expires_at = {}) {
  State result;
  result.kind = kind;
  result.expires_at = expires_at;
  return result;
}

Event command(std::string_view text) {
  Event event;
  event.source_kind = "command";
  event.payload = Json::object({{"command_text", text}});
  return event;
}

TEST(Overlay, FindsTheStateThatCountsForARule) {
  const auto set = three_rules();
  const Overlay overlay(*set, {{RuleId("R1"), state(Kind::kEnabled)},
                               {RuleId("R2"), state(Kind::kDisabled)},
                               {RuleId("R3"), state(Kind::kClipped)},
                               {RuleId("R9"), state(Kind::kDisabled)}});
  EXPECT_EQ(overlay.state(*set->find(RuleId("R1"))), nullptr);
  ASSERT_NE(overlay.state(*set->find(RuleId("R2"))), nullptr);
  EXPECT_EQ(overlay.state(*set->find(RuleId("R2")))->kind, Kind::kDisabled);
  EXPECT_EQ(overlay.state(*set->find(RuleId("R3")))->kind, Kind::kClipped);
  EXPECT_FALSE(overlay.silences(*set->find(RuleId("R1")), kNow));
  EXPECT_TRUE(overlay.silences(*set->find(RuleId("R2")), kNow));
  EXPECT_FALSE(overlay.silences(*set->find(RuleId("R3")), kNow));
  EXPECT_EQ(overlay.states().size(), 4U);  // that of R9 waits for its rule
}

TEST(Overlay, OfNothingSilencesNothing) {
  const auto set = three_rules();
  const Overlay none;
  const Overlay elsewhere(*set, {{RuleId("R9"), state(Kind::kDisabled)}});
  for (const auto& rule : set->rules()) {
    EXPECT_EQ(none.state(*rule), nullptr);
    EXPECT_EQ(elsewhere.state(*rule), nullptr);
    EXPECT_FALSE(none.silences(*rule, kNow));
  }
}

TEST(Overlay, SurvivesAMove) {
  const auto set = three_rules();
  Overlay first(*set, {{RuleId("R2"), state(Kind::kDisabled)}});
  const Overlay overlay = std::move(first);
  EXPECT_TRUE(overlay.silences(*set->find(RuleId("R2")), kNow));
}

TEST(Overlay, AnExpiredStateSilencesNoMore) {
  const auto set = three_rules();
  const Overlay overlay(*set, {{RuleId("R2"), state(Kind::kDisabled, kNow)}});
  EXPECT_TRUE(overlay.silences(*set->find(RuleId("R2")), kNow - std::chrono::microseconds(1)));
  EXPECT_FALSE(overlay.silences(*set->find(RuleId("R2")), kNow));
}

// Whether a silenced rule matches is told; where, is not worth finding out.
TEST(Overlay, SilencedRulesAreMatchedAndMarked) {
  const auto set = three_rules();
  const Overlay overlay(*set, {{RuleId("R2"), state(Kind::kDisabled)}});
  const auto matches = set->match(command("ls"), overlay, kNow);
  std::vector<std::string> shown;
  for (const Match& match : matches) {
    shown.push_back(match.rule->definition.id.text() + (match.silenced ? " silenced " : " ") +
                    match.matched);
  }
  EXPECT_THAT(shown, ElementsAre("R1 ls", "R2 silenced ", "R3 s"));
  EXPECT_THAT(set->match(command("id"), overlay, kNow), IsEmpty());
}

}  // namespace
}  // namespace decnet::rules
