#include "decnet/rulestore/changes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::rulestore {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<rules::Definition> rule(const char* id, int version = 1) {
  auto definition = std::make_shared<rules::Definition>();
  definition->id = RuleId(id);
  definition->version = version;
  definition->path = fmt::format("rules/{}.yaml", id);
  definition->line = 1;
  definition->lines["match.pattern"] = 5;
  return definition;
}

Contents with(std::vector<std::shared_ptr<const rules::Definition>> definitions) {
  Contents contents;
  contents.definitions = std::move(definitions);
  return contents;
}

rules::State disabled(std::string reason) {
  rules::State state;
  state.kind = rules::State::Kind::kDisabled;
  state.reason = std::move(reason);
  return state;
}

// "+R1.2" for a definition, "-R1", "R1=disabled", "R1 reverted".
std::vector<std::string> texts(const Contents& before, const Contents& now) {
  std::vector<std::string> texts;
  for (const Change& change : changes(before, now)) {
    const std::string& id = change.rule.text();
    switch (change.kind) {
      case Change::Kind::kDefinition:
        texts.push_back(fmt::format("+{}.{}", id, change.definition->version));
        break;
      case Change::Kind::kDeleted:
        texts.push_back("-" + id);
        break;
      case Change::Kind::kState:
        texts.push_back(fmt::format("{}={}", id, to_string(change.state->kind)));
        break;
      case Change::Kind::kAutoRevert:
        texts.push_back(id + " reverted");
        EXPECT_EQ(change.state, rules::State());
        break;
    }
  }
  return texts;
}

TEST(Changes, BetweenTheSameThereAreNone) {
  Contents contents;
  contents.definitions = {rule("R1"), rule("R2")};
  contents.states[RuleId("R1")] = disabled("noise");
  EXPECT_THAT(texts(contents, contents), IsEmpty());
  EXPECT_THAT(texts({}, {}), IsEmpty());
}

TEST(Changes, TellOneForEachRule) {
  Contents before;
  before.definitions = {rule("R9"), rule("R1"), rule("R2"), rule("R3")};
  Contents now;
  now.definitions = {rule("R4"), rule("R2", 2), rule("R3")};
  EXPECT_THAT(texts(before, now), ElementsAre("-R9", "-R1", "+R4.1", "+R2.2"));
  EXPECT_THAT(texts({}, now), ElementsAre("+R4.1", "+R2.2", "+R3.1"));
}

// What moved is no other rule, and neither is what was read again.
TEST(Changes, LookAtWhatARuleSaysNotWhere) {
  const auto before = rule("R1");
  auto moved = std::make_shared<rules::Definition>(*before);
  moved->path = "rules/other.yaml";
  moved->line = 7;
  moved->lines["match.pattern"] = 11;
  EXPECT_THAT(texts(with({before}), with({moved})), IsEmpty());

  auto described = std::make_shared<rules::Definition>(*before);
  described->description = "reads accounts";
  EXPECT_THAT(texts(with({before}), with({described})), ElementsAre("+R1.1"));
}

TEST(Changes, OrderAloneIsNone) {
  const auto one = rule("R1");
  const auto two = rule("R2");
  EXPECT_THAT(texts(with({one, two}), with({two, one})), IsEmpty());
}

TEST(Changes, TellStatesAfterTheirDefinitions) {
  Contents before;
  before.definitions = {rule("R1"), rule("R2"), rule("R3")};
  before.states[RuleId("R2")] = disabled("noise");
  before.states[RuleId("R3")] = disabled("noise");
  before.states[RuleId("unknown")] = disabled("noise");
  Contents now;
  now.definitions = {rule("R1", 2), rule("R2"), rule("R3")};
  now.states[RuleId("R1")] = disabled("new");
  now.states[RuleId("R3")] = disabled("noise, still");
  now.states[RuleId("A0")] = disabled("not written yet");
  EXPECT_THAT(texts(before, now), ElementsAre("+R1.2", "R1=disabled", "R2=enabled", "R3=disabled",
                                              "A0=disabled", "unknown=enabled"));
}

TEST(Changes, AnExpiryIsNotAReset) {
  Contents before;
  before.definitions = {rule("R1"), rule("R2")};
  before.states[RuleId("R1")] = disabled("for a while");
  before.states[RuleId("R2")] = disabled("for a while");
  Contents now;
  now.definitions = before.definitions;
  now.reverted = {RuleId("R0"), RuleId("R1"), RuleId("R2")};
  now.states[RuleId("R2")] = disabled("set again at once");
  EXPECT_THAT(texts(before, now),
              ElementsAre("R1 reverted", "R2 reverted", "R2=disabled", "R0 reverted"));
}

TEST(Changes, RememberWhichStateEnds) {
  Contents before;
  before.definitions = {rule("R1"), rule("R2"), rule("R3")};
  before.states[RuleId("R1")] = disabled("for a while");
  before.states[RuleId("R2")] = disabled("until reset");
  Contents now;
  now.definitions = before.definitions;
  now.reverted = {RuleId("R1")};
  now.states[RuleId("R1")] = disabled("set again at once");
  now.states[RuleId("R3")] = disabled("new");
  std::vector<std::string> ended;
  for (const Change& change : changes(before, now)) {
    ended.push_back(change.state_before ? change.state_before->reason : "none");
  }
  EXPECT_THAT(ended, ElementsAre("for a while", "none", "until reset", "none"));
}

}  // namespace
}  // namespace decnet::rulestore
