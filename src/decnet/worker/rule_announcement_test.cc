#include "decnet/worker/rule_announcement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "decnet/base/log.h"

namespace decnet::worker {
namespace {

using rules::State;
using rulestore::Change;

const UtcTime kNow = *parse_time("2026-03-04T10:06:00Z");

std::shared_ptr<const rules::Definition> rule(const char* id, int version) {
  rules::Definition definition;
  definition.id = RuleId(id);
  definition.version = version;
  return std::make_shared<const rules::Definition>(std::move(definition));
}

State disabled(const char* set_at = "2026-03-04T10:00:00Z") {
  return {.kind = State::Kind::kDisabled, .set_by = "alice", .set_at = parse_time(set_at)};
}

Change change(Change::Kind kind, const char* id) {
  Change change;
  change.kind = kind;
  change.rule = RuleId(id);
  return change;
}
Change definition(const char* id, int version) {
  Change defined = change(Change::Kind::kDefinition, id);
  defined.definition = rule(id, version);
  return defined;
}
Change deleted(const char* id) { return change(Change::Kind::kDeleted, id); }
Change state(const char* id, State now, std::optional<State> before = {}) {
  Change set = change(Change::Kind::kState, id);
  set.state = std::move(now);
  set.state_before = std::move(before);
  return set;
}
Change reverted(const char* id, std::optional<State> before) {
  Change over = change(Change::Kind::kAutoRevert, id);
  over.state = State();
  over.state_before = std::move(before);
  return over;
}

struct Case {
  const char* name;
  Change change;
  const char* topic;
  const char* payload;
};

class RuleAnnouncement : public testing::TestWithParam<Case> {};

TEST_P(RuleAnnouncement, IsOneMessage) {
  const auto message = announce(GetParam().change, kNow);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->topic, GetParam().topic);
  EXPECT_EQ(message->type, "");
  EXPECT_EQ(message->payload.dump(), GetParam().payload);
  EXPECT_EQ(message->created_at, kNow);
  EXPECT_THAT(message->id, testing::MatchesRegex("[0-9a-f]{32}"));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, RuleAnnouncement,
    testing::Values(Case{"Definition", definition("R0016", 7), "ttp.rule.reloaded.R0016",
                         R"({"rule_id":"R0016","rule_version":7})"},
                    Case{"Deletion", deleted("HFP-0001"), "ttp.rule.reloaded.HFP-0001",
                         R"({"rule_id":"HFP-0001","deleted":true})"},
                    Case{"StateSet", state("R0016", disabled()), "ttp.rule.state.R0016",
                         R"({"rule_id":"R0016","state":"disabled","set_by":"alice"})"},
                    Case{"Clip",
                         state("R1", {.kind = State::Kind::kClipped, .confidence_max = 0.4}),
                         "ttp.rule.state.R1", R"({"rule_id":"R1","state":"clipped","set_by":""})"},
                    Case{"StateReset", state("R1", State(), disabled()), "ttp.rule.state.R1",
                         R"({"rule_id":"R1","state":"enabled","set_by":""})"},
                    Case{"TimeOver", reverted("R1", disabled()), "ttp.rule.state.R1",
                         R"({"rule_id":"R1","auto_revert":true})"},
                    Case{"ANameThatIsNoUtf8", state("R1", {.set_by = "\xff"}), "ttp.rule.state.R1",
                         "{\"rule_id\":\"R1\",\"state\":\"enabled\",\"set_by\":\"\xef\xbf\xbd\"}"}),
    [](const auto& param) { return std::string(param.param.name); });

std::string id_of(const Change& change) { return announce(change, kNow)->id; }

// Two workers on one store see the same setting, and say the same message.
TEST(RuleAnnouncementId, OfAStateIsTheSameInEveryWorker) {
  EXPECT_EQ(id_of(state("R1", disabled())), id_of(state("R1", disabled())));
  EXPECT_EQ(id_of(reverted("R1", disabled())), id_of(reverted("R1", disabled())));
  EXPECT_EQ(id_of(state("R1", {}, disabled())), id_of(state("R1", {}, disabled())));
}

// What is said twice must not be taken for a repetition.
TEST(RuleAnnouncementId, TellsChangesApart) {
  const char* later = "2026-03-04T10:00:00.000001Z";
  EXPECT_NE(id_of(state("R1", disabled())), id_of(state("R1", disabled(later))));
  EXPECT_NE(id_of(state("R1", disabled())), id_of(state("R2", disabled())));
  EXPECT_NE(id_of(state("R1", disabled())), id_of(reverted("R1", disabled())));
  EXPECT_NE(id_of(state("R1", {}, disabled())), id_of(reverted("R1", disabled())));
  EXPECT_NE(id_of(reverted("R1", {})), id_of(reverted("R1", {}))) << "nothing is known of it";
  EXPECT_NE(id_of(definition("R1", 1)), id_of(definition("R1", 1))) << "to and fro and to again";
}

TEST(RuleAnnouncementTopic, AnIdThatIsNoTokenIsLeftOut) {
  const log::Capture log;
  for (const char* id : {"", "a.b", "a b", "*", "R>", "R\n", "\xc3\xa9"}) {
    EXPECT_FALSE(announce(state(id, disabled()), kNow)) << id;
  }
  EXPECT_EQ(log.records().size(), 7U);
}

}  // namespace
}  // namespace decnet::worker
