// The promises of RuleStore, on every store there is.
#include "decnet/rulestore/rule_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "decnet/rulestore/changes.h"
#include "decnet/rulestore/test_store.h"

namespace decnet::rulestore {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::becomes;
using test::document;
using test::rules_of;
using test::texts_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const RuleId kR1("R1");

class RuleStoreContract : public testing::TestWithParam<test::Kind> {
 protected:
  void SetUp() override { store_ = place_->open(clock_); }

  Contents load() { return load(*store_); }
  static Contents load(RuleStore& store) {
    auto loaded = store.load();
    if (!loaded) ADD_FAILURE() << loaded.error().message;
    return loaded ? *std::move(loaded) : Contents();
  }
  testing::AssertionResult come_to(const std::vector<std::string>& rules) {
    return becomes(*store_, contents_, [&](const Contents& now) { return rules_of(now) == rules; });
  }

  test::SetClock clock_{*parse_time("2026-03-04 10:00:00")};
  std::unique_ptr<test::TestPlace> place_ = GetParam().make();
  std::unique_ptr<RuleStore> store_;
  Contents contents_;  // as last loaded by come_to()
};

INSTANTIATE_TEST_SUITE_P(Stores, RuleStoreContract, testing::ValuesIn(test::kinds()),
                         [](const auto& param) { return param.param.name; });

// --- definitions --------------------------------------------------------------------------------

TEST_P(RuleStoreContract, AnEmptyOneHasNothing) {
  const Contents contents = load();
  EXPECT_THAT(contents.definitions, IsEmpty());
  EXPECT_THAT(contents.states, IsEmpty());
  EXPECT_THAT(contents.problems, IsEmpty());
  EXPECT_TRUE(contents.complete);
}

TEST_P(RuleStoreContract, GivesWholeDocumentsInOrder) {
  for (const char* id : {"R2", "R10", "R1"})
    place_->put(id, document(id, 1, "of " + std::string(id)));
  const Contents contents = load();
  EXPECT_THAT(rules_of(contents), ElementsAre("R1.1", "R10.1", "R2.1"));
  EXPECT_EQ(contents.definitions[1]->description, "of R10");
  ASSERT_THAT(contents.documents, SizeIs(3));
  EXPECT_EQ(*contents.documents[1], document("R10", 1, "of R10"));
}

TEST_P(RuleStoreContract, SeesDefinitionsComeChangeAndGo) {
  place_->put("R1", document("R1"));
  EXPECT_THAT(rules_of(load()), ElementsAre("R1.1"));
  place_->put("R2", document("R2"));
  EXPECT_TRUE(come_to({"R1.1", "R2.1"}));
  place_->put("R1", document("R1", 2));
  EXPECT_TRUE(come_to({"R1.2", "R2.1"}));
  place_->remove("R2");
  EXPECT_TRUE(come_to({"R1.2"}));
  place_->remove("R1");
  EXPECT_TRUE(come_to({}));
}

TEST_P(RuleStoreContract, WhatDidNotChangeIsTheSameObject) {
  place_->put("R1", document("R1"));
  place_->put("R2", document("R2"));
  const Contents before = load();
  place_->put("R1", document("R1"));
  place_->put("R2", document("R2", 2));
  ASSERT_TRUE(come_to({"R1.1", "R2.2"}));
  EXPECT_EQ(contents_.definitions[0], before.definitions[0]);
  EXPECT_EQ(contents_.documents[0], before.documents[0]);
  EXPECT_NE(contents_.definitions[1], before.definitions[1]);
  EXPECT_EQ(contents_.definitions[1]->ready.pattern, before.definitions[1]->ready.pattern);
  EXPECT_EQ(load().definitions, contents_.definitions);
}

TEST_P(RuleStoreContract, AnEditThatLeavesTheVersionIsSeenToo) {
  place_->put("R1", document("R1", 1, "one"));
  load();
  place_->put("R1", document("R1", 1, "two"));
  EXPECT_TRUE(becomes(*store_, contents_, [](const Contents& now) {
    return now.definitions[0]->description == "two";
  }));
}

// Between subscribing and the first read there is no gap: it is one call.
TEST_P(RuleStoreContract, WaitTellsOfAChangeAfterTheFirstLoad) {
  load();
  place_->put("R1", document("R1"));
  EXPECT_TRUE(store_->wait(seconds(10)));
  EXPECT_TRUE(come_to({"R1.1"}));
}

TEST_P(RuleStoreContract, WaitEndsWhenNothingHappens) {
  load();
  EXPECT_FALSE(store_->wait(milliseconds(1)));
  EXPECT_FALSE(store_->wait(milliseconds(0)));
}

TEST_P(RuleStoreContract, OtherThreadsEndAWait) {
  load();
  store_->wake();  // remembered
  EXPECT_FALSE(store_->wait(hours(1)));
  std::thread other([this] { store_->wake(); });
  EXPECT_FALSE(store_->wait(hours(1)));
  other.join();
}

// What somebody is told to look at again may well be as it was.
TEST_P(RuleStoreContract, ALookThatTrustsNothingFindsTheSame) {
  place_->put("R1", document("R1"));
  place_->put("R2", "rule_id: [");
  ASSERT_TRUE(store_->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  const Contents before = load();
  store_->doubt();
  const Contents now = load();
  EXPECT_EQ(now.definitions, before.definitions);
  EXPECT_EQ(now.states, before.states);
  EXPECT_EQ(texts_of(now.problems), texts_of(before.problems));
  EXPECT_THAT(changes(before, now), IsEmpty());
  place_->put("R1", document("R1", 2));
  store_->doubt();
  EXPECT_TRUE(come_to({"R1.2"}));
}

TEST_P(RuleStoreContract, ManyChangesAtOnceAreOneEach) {
  constexpr int kMany = 60;
  Contents before = load();
  for (int i = 0; i < kMany; ++i) {
    const auto id = fmt::format("R{}", i);
    place_->put(id, document(id));
  }
  ASSERT_TRUE(becomes(*store_, contents_,
                      [](const Contents& now) { return now.definitions.size() == kMany; }));
  EXPECT_THAT(changes(before, contents_), SizeIs(kMany));
}

// --- broken documents ---------------------------------------------------------------------------

TEST_P(RuleStoreContract, ABrokenDocumentCostsItself) {
  place_->put("R1", document("R1"));
  place_->put("R2", "rule_id: R2\nname: [\n");
  place_->put("R3", document("R3"));
  const Contents contents = load();
  EXPECT_THAT(rules_of(contents), ElementsAre("R1.1", "R3.1"));
  EXPECT_THAT(texts_of(contents.problems),
              ElementsAre(StartsWith(place_->place_of("R2") + ":2: not YAML")));
  EXPECT_FALSE(contents.complete);
  EXPECT_THAT(load().problems, SizeIs(1));  // for as long as it lasts
}

TEST_P(RuleStoreContract, ABrokenDocumentKeepsItsLastGoodVersion) {
  place_->put("R1", document("R1", 1));
  const Contents before = load();
  place_->put("R1", document("R1", 2) + "name: again\n");
  ASSERT_TRUE(
      becomes(*store_, contents_, [](const Contents& now) { return !now.problems.empty(); }));
  EXPECT_EQ(contents_.definitions, before.definitions);
  EXPECT_EQ(contents_.documents, before.documents);
  EXPECT_THAT(texts_of(contents_.problems),
              ElementsAre(StartsWith(place_->place_of("R1") + ":8: the key 'name' again")));
  EXPECT_TRUE(contents_.complete);
  EXPECT_THAT(changes(before, contents_), IsEmpty());
}

TEST_P(RuleStoreContract, ARepairedDocumentIsInForceAgain) {
  place_->put("R1", "rule_id: [");
  EXPECT_THAT(load().definitions, IsEmpty());
  place_->put("R1", document("R1", 3));
  ASSERT_TRUE(come_to({"R1.3"}));
  EXPECT_THAT(contents_.problems, IsEmpty());
  EXPECT_TRUE(contents_.complete);
  const auto good = contents_.definitions[0];
  place_->put("R1", "rule_id: [");
  ASSERT_TRUE(
      becomes(*store_, contents_, [](const Contents& now) { return !now.problems.empty(); }));
  place_->put("R1", document("R1", 3));
  ASSERT_TRUE(
      becomes(*store_, contents_, [](const Contents& now) { return now.problems.empty(); }));
  EXPECT_EQ(contents_.definitions[0], good);
}

TEST_P(RuleStoreContract, ABrokenDocumentThatIsRemovedTakesItsRuleAlong) {
  place_->put("R1", document("R1"));
  load();
  place_->put("R1", "rule_id: [");
  ASSERT_TRUE(
      becomes(*store_, contents_, [](const Contents& now) { return !now.problems.empty(); }));
  place_->remove("R1");
  ASSERT_TRUE(come_to({}));
  EXPECT_THAT(contents_.problems, IsEmpty());
}

// At the start it is a mistake; later somebody is about to write it.
TEST_P(RuleStoreContract, ABlankDocumentAwaitsItsContent) {
  place_->put("R1", document("R1"));
  place_->put("R2", " \n");
  EXPECT_THAT(texts_of(load().problems), ElementsAre(place_->place_of("R2") + ": empty"));
  place_->put("R1", "\n");
  place_->put("R3", "");
  place_->put("R4", document("R4"));
  ASSERT_TRUE(come_to({"R1.1", "R4.1"}));
  EXPECT_THAT(texts_of(contents_.problems), ElementsAre(place_->place_of("R2") + ": empty"));
  EXPECT_FALSE(contents_.complete);
  place_->put("R1", document("R1", 2));
  place_->put("R2", document("R2"));
  place_->put("R3", document("R3"));
  ASSERT_TRUE(come_to({"R1.2", "R2.1", "R3.1", "R4.1"}));
  EXPECT_THAT(contents_.problems, IsEmpty());
  EXPECT_TRUE(contents_.complete);
}

TEST_P(RuleStoreContract, WarningsComeWithTheirRule) {
  place_->put("R1", document("R1") + "tests: 5\n");
  const Contents contents = load();
  EXPECT_THAT(rules_of(contents), ElementsAre("R1.1"));
  ASSERT_THAT(contents.problems, SizeIs(1));
  EXPECT_EQ(contents.problems[0].severity, rules::Problem::Severity::kWarning);
  EXPECT_THAT(contents.problems[0].text(), StartsWith(place_->place_of("R1") + ":8: "));
}

TEST_P(RuleStoreContract, AHostileDocumentCostsItself) {
  place_->put("R1", std::string("rule_id: R1\0", 12));
  place_->put("R2", std::string(3'000'000, '['));
  place_->put("R3", "\xff\xfe\x00");
  place_->put("R4", document("R4"));
  const Contents contents = load();
  EXPECT_THAT(rules_of(contents), ElementsAre("R4.1"));
  EXPECT_THAT(contents.problems, SizeIs(3));
}

// --- states -------------------------------------------------------------------------------------

TEST_P(RuleStoreContract, AStateIsStampedAndSeenByEveryProcess) {
  const auto other = place_->open(clock_);
  load(*other);
  const rules::State state{.kind = rules::State::Kind::kClipped,
                           .confidence_max = 0.4,
                           .expires_at = clock_.now() + hours(4) + microseconds(7),
                           .reason = "noisy; it's \xC3\xA9",
                           .set_by = "alice"};
  ASSERT_TRUE(store_->set_state(kR1, state));
  auto stored = state;
  stored.set_at = clock_.now();
  EXPECT_THAT(load().states, ElementsAre(testing::Pair(kR1, stored)));
  ASSERT_TRUE(becomes(*other, contents_, [](const Contents& now) { return !now.states.empty(); }));
  EXPECT_THAT(contents_.states, ElementsAre(testing::Pair(kR1, stored)));
  EXPECT_THAT(load(*place_->open(clock_)).states, ElementsAre(testing::Pair(kR1, stored)));
}

TEST_P(RuleStoreContract, SettingAStateEndsTheNextWait) {
  load();
  ASSERT_TRUE(store_->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  EXPECT_TRUE(store_->wait(hours(1)));
}

TEST_P(RuleStoreContract, TheLastOfTwoStatesCounts) {
  const auto other = place_->open(clock_);
  ASSERT_TRUE(store_->set_state(kR1, {.kind = rules::State::Kind::kDisabled, .set_by = "alice"}));
  ASSERT_TRUE(other->set_state(kR1, {.set_by = "bob"}));
  ASSERT_TRUE(becomes(*store_, contents_,
                      [](const Contents& now) { return now.states.at(kR1).set_by == "bob"; }));
  EXPECT_EQ(contents_.states.at(kR1).kind, rules::State::Kind::kEnabled);
  EXPECT_EQ(place_->stored_states(), 1U);
}

TEST_P(RuleStoreContract, AResetIsSeenByEveryProcess) {
  ASSERT_TRUE(store_->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  const auto other = place_->open(clock_);
  const Contents before = load(*other);
  EXPECT_EQ(store_->reset_state(RuleId("R2")).value(), false);
  EXPECT_EQ(store_->reset_state(kR1).value(), true);
  EXPECT_EQ(store_->reset_state(kR1).value(), false);
  EXPECT_THAT(load().states, IsEmpty());
  ASSERT_TRUE(becomes(*other, contents_, [](const Contents& now) { return now.states.empty(); }));
  EXPECT_THAT(contents_.reverted, IsEmpty());
  ASSERT_THAT(changes(before, contents_), SizeIs(1));
  EXPECT_EQ(changes(before, contents_)[0].kind, Change::Kind::kState);
}

TEST_P(RuleStoreContract, StatesOutliveTheirDefinitions) {
  place_->put("R1", document("R1"));
  ASSERT_TRUE(store_->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  ASSERT_TRUE(store_->set_state(RuleId("R9"), {.kind = rules::State::Kind::kDisabled}));
  place_->remove("R1");
  ASSERT_TRUE(come_to({}));
  EXPECT_THAT(contents_.states, SizeIs(2));
}

TEST_P(RuleStoreContract, AnyRuleIdCanHaveAState) {
  const std::vector<std::string> ids = {"HFP-0001",
                                        "a/b",
                                        "../../x",
                                        ".lock",
                                        ".writing",
                                        "R1.json",
                                        "R 1",
                                        "%52",
                                        "R*",
                                        "'; DROP TABLE",
                                        "\xC3\xA9",
                                        "con",
                                        "R",
                                        "r",
                                        std::string(255, '/'),
                                        std::string(254, '/') + "x"};
  for (const std::string& id : ids) {
    ASSERT_TRUE(store_->set_state(RuleId(id), {.reason = "of " + id.substr(0, 200)})) << id;
  }
  const Contents contents = load(*place_->open(clock_));
  EXPECT_THAT(contents.problems, IsEmpty());
  EXPECT_THAT(contents.states, SizeIs(ids.size()));
  for (const std::string& id : ids) {
    EXPECT_EQ(contents.states.at(RuleId(id)).reason, "of " + id.substr(0, 200));
  }
}

TEST_P(RuleStoreContract, WhatMakesNoSenseIsNotStored) {
  const auto refused = [this](const RuleId& rule, const rules::State& state) {
    const auto done = store_->set_state(rule, state);
    if (done) return std::string("stored");
    EXPECT_EQ(done.error().code, ErrorCode::kInvalid);
    return done.error().message;
  };
  EXPECT_EQ(refused(RuleId(), {}), "rule_id: is empty");
  EXPECT_THAT(refused(RuleId(std::string(256, 'R')), {}), StartsWith("rule_id: 256 bytes"));
  EXPECT_THAT(refused(RuleId("R\xff"), {}), "rule_id: is no UTF-8");
  EXPECT_THAT(refused(RuleId("R\n"), {}), "rule_id: has a control character");
  EXPECT_THAT(refused(kR1, {.confidence_max = 1.01}), StartsWith("confidence_max: 1.01 is not"));
  EXPECT_THAT(refused(kR1, {.confidence_max = -0.01}), StartsWith("confidence_max: "));
  EXPECT_THAT(refused(kR1, {.confidence_max = std::numeric_limits<double>::quiet_NaN()}),
              StartsWith("confidence_max: "));
  EXPECT_EQ(refused(kR1, {.expires_at = clock_.now()}),
            "expires_at: 2026-03-04T10:00:00+00:00 is past");
  EXPECT_THAT(refused(kR1, {.reason = std::string(256, 'x')}), StartsWith("reason: 256 bytes"));
  EXPECT_EQ(refused(kR1, {.set_by = "\x1b[2J"}), "set_by: has a control character");
  EXPECT_EQ(place_->stored_states(), 0U);
}

TEST_P(RuleStoreContract, ABrokenStateCostsItself) {
  ASSERT_TRUE(store_->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  ASSERT_TRUE(store_->set_state(RuleId("R2"), {.kind = rules::State::Kind::kDisabled}));
  load();
  place_->break_state("R1");
  ASSERT_TRUE(
      becomes(*store_, contents_, [](const Contents& now) { return !now.problems.empty(); }));
  EXPECT_THAT(texts_of(contents_.problems),
              ElementsAre(place_->place_of_state("R1") +
                          ": state: expected enabled, disabled or clipped, found 'sleeping'"));
  EXPECT_THAT(contents_.states, ElementsAre(testing::Key(RuleId("R2"))));
  EXPECT_TRUE(contents_.complete);
  // It can be replaced, and it can be removed.
  ASSERT_TRUE(store_->set_state(kR1, {.kind = rules::State::Kind::kDisabled}));
  EXPECT_THAT(load().problems, IsEmpty());
  place_->break_state("R1");
  EXPECT_EQ(store_->reset_state(kR1).value(), true);
  EXPECT_TRUE(
      becomes(*store_, contents_, [](const Contents& now) { return now.problems.empty(); }));
}

// --- expiry -------------------------------------------------------------------------------------

TEST_P(RuleStoreContract, AnExpiredStateIsRemovedAndToldOnceToEveryProcess) {
  ASSERT_TRUE(store_->set_state(
      kR1, {.kind = rules::State::Kind::kDisabled, .expires_at = clock_.now() + hours(4)}));
  ASSERT_TRUE(store_->set_state(RuleId("R2"), {.kind = rules::State::Kind::kDisabled}));
  const auto other = place_->open(clock_);
  const Contents before = load();
  EXPECT_THAT(before.reverted, IsEmpty());
  load(*other);
  clock_.advance(hours(4) - microseconds(1));
  EXPECT_THAT(load().states, SizeIs(2));
  clock_.advance(microseconds(1));

  const Contents after = load();
  EXPECT_THAT(after.states, ElementsAre(testing::Key(RuleId("R2"))));
  EXPECT_THAT(texts_of(after.reverted), ElementsAre("R1"));
  ASSERT_THAT(changes(before, after), SizeIs(1));
  EXPECT_EQ(changes(before, after)[0].kind, Change::Kind::kAutoRevert);
  EXPECT_EQ(place_->stored_states(), 1U);
  EXPECT_THAT(load().reverted, IsEmpty());

  EXPECT_THAT(texts_of(load(*other).reverted), ElementsAre("R1"));
  EXPECT_THAT(load(*other).reverted, IsEmpty());
  EXPECT_THAT(load(*place_->open(clock_)).reverted, IsEmpty());
}

TEST_P(RuleStoreContract, AStateThatExpiredWhileNobodyRanIsTold) {
  ASSERT_TRUE(store_->set_state(
      kR1, {.kind = rules::State::Kind::kDisabled, .expires_at = clock_.now() + hours(4)}));
  clock_.advance(hours(5));
  EXPECT_THAT(texts_of(load(*place_->open(clock_)).reverted), ElementsAre("R1"));
  EXPECT_EQ(place_->stored_states(), 0U);
}

TEST_P(RuleStoreContract, WaitEndsForAnExpiry) {
  ASSERT_TRUE(store_->set_state(
      kR1, {.kind = rules::State::Kind::kDisabled, .expires_at = clock_.now() + milliseconds(20)}));
  load();
  std::thread timekeeper([this] { clock_.advance(milliseconds(20)); });
  while (clock_.now() < *parse_time("2026-03-04 10:00:00.02")) store_->wait(milliseconds(1));
  EXPECT_TRUE(store_->wait(hours(1)));
  timekeeper.join();
  EXPECT_THAT(texts_of(load().reverted), ElementsAre("R1"));
}

TEST_P(RuleStoreContract, WaitEndsAtTheTimeOfTheRealClock) {
  const auto store = place_->open(system_clock());
  ASSERT_TRUE(store->set_state(kR1, {.kind = rules::State::Kind::kDisabled,
                                     .expires_at = system_clock().now() + milliseconds(300)}));
  EXPECT_THAT(load(*store).states, SizeIs(1));
  while (!store->wait(hours(1)) || load(*store).reverted.empty()) {
  }
  EXPECT_THAT(load(*store).states, IsEmpty());
}

TEST_P(RuleStoreContract, AStateSetAnewBeforeItsEndStays) {
  ASSERT_TRUE(store_->set_state(
      kR1, {.kind = rules::State::Kind::kDisabled, .expires_at = clock_.now() + hours(1)}));
  const auto other = place_->open(clock_);
  load(*other);
  clock_.advance(hours(1) - microseconds(1));
  ASSERT_TRUE(store_->set_state(
      kR1, {.kind = rules::State::Kind::kDisabled, .expires_at = clock_.now() + hours(1)}));
  ASSERT_TRUE(becomes(*other, contents_, [&](const Contents& now) {
    return now.states.at(kR1).set_at == clock_.now();
  }));
  clock_.advance(microseconds(1));
  EXPECT_THAT(load(*other).reverted, IsEmpty());
  EXPECT_EQ(place_->stored_states(), 1U);
}

}  // namespace
}  // namespace decnet::rulestore
