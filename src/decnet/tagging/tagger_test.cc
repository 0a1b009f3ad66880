#include "decnet/tagging/tagger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "decnet/base/log.h"
#include "decnet/lifters/lifting_test.h"

namespace decnet::tagging {
namespace {

using lifters::Lifter;
using lifters::Lifting;
using lifters::test::event;
using lifters::test::json;
using lifters::test::rule;
using lifters::test::rule_set;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return *parse_time("2026-04-25T06:23:30Z"); }
};
const FixedClock kClock;

Event command(std::string_view text) {
  return event("command", Json::object({{"command_text", text}}));
}

std::vector<std::string> ids(const std::vector<Tag>& tags) {
  std::vector<std::string> result;
  for (const Tag& tag : tags) result.push_back(tag.rule_id.text());
  return result;
}

constexpr std::array kCommandOnly = {SourceKind::kCommand};

// Lifters of our own: they fire every rule of the set, or fail.
void fire_all(const Lifting& lifting) {
  for (const auto& each : lifting.rules.rules()) lifting.fire(*each, Json::object({}));
}
void fail_halfway(const Lifting& lifting) {
  fire_all(lifting);
  throw std::runtime_error("a bug\nof ours");
}
void fail_oddly(const Lifting&) { throw 42; }

TEST(Tagger, TagsByTheRegistryOfTheProgram) {
  const Tagger tagger(
      rule_set({rule("R1", "[command]", "{pattern: ls}"),
                rule("R2", "[canary_fingerprint]", "{kind: 'lifter:canary_webdriver'}")}),
      kClock);
  EXPECT_THAT(ids(tagger.tag(command("ls"))), ElementsAre("R1"));
  EXPECT_THAT(ids(tagger.tag(event("canary_fingerprint", json(R"({"navigator_webdriver":true})")))),
              ElementsAre("R2"));
  EXPECT_EQ(tagger.tag(command("ls"))[0].created_at, kClock.now());
}

TEST(Tagger, TagsOfABatchComeInItsOrder) {
  const Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}"),
                                rule("R2", "[command]", "{pattern: id}")}),
                      kClock);
  const std::vector<Event> batch = {command("id"), command("pwd"), command("ls; id")};
  EXPECT_THAT(ids(tagger.tag(batch)), ElementsAre("R2", "R1", "R2"));
  EXPECT_THAT(tagger.tag(std::span<const Event>()), IsEmpty());
}

TEST(Tagger, AsksTheLiftersThatClaimTheKindInRegistryOrder) {
  constexpr std::array kEmailOnly = {SourceKind::kEmail};
  const std::array registry = {Lifter{"email", kEmailOnly, fail_oddly},
                               Lifter{"first", kCommandOnly, fire_all},
                               Lifter{"second", kCommandOnly, fire_all}};
  const Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}"),
                                rule("R2", "[command]", "{pattern: id}")}),
                      kClock, registry);
  EXPECT_THAT(ids(tagger.tag(command(""))), ElementsAre("R1", "R2", "R1", "R2"));
  EXPECT_EQ(tagger.lifter_failures(), 0U);
}

TEST(Tagger, AFailingLifterCostsItsOwnTags) {
  const std::array registry = {
      Lifter{"good", kCommandOnly, fire_all}, Lifter{"bad", kCommandOnly, fail_halfway},
      Lifter{"odd", kCommandOnly, fail_oddly}, Lifter{"better", kCommandOnly, fire_all}};
  const Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}")}), kClock, registry);
  const log::Capture log;
  EXPECT_THAT(ids(tagger.tag(command("ls"))), ElementsAre("R1", "R1"));
  EXPECT_EQ(tagger.lifter_failures(), 2U);
  ASSERT_THAT(log.records(), SizeIs(2));
  EXPECT_EQ(log.records()[0].level, log::Level::kWarning);
  EXPECT_THAT(log.records()[0].message, HasSubstr("lifter bad failed: a bug"));
  EXPECT_THAT(log.records()[1].message, HasSubstr("lifter odd failed"));
  for (int i = 0; i < 100; ++i) EXPECT_THAT(tagger.tag(command("ls")), SizeIs(2));
  EXPECT_EQ(tagger.lifter_failures(), 202U);
  EXPECT_THAT(log.records(), SizeIs(8));  // the 1st, 2nd, 4th … 128th
}

TEST(Tagger, AnEventWithoutAnchorYieldsNothingQuietly) {
  const std::array registry = {Lifter{"bad", kCommandOnly, fail_halfway}};
  const Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}")}), kClock, registry);
  Event orphan = command("ls");
  orphan.attacker_uuid.reset();
  const log::Capture log;
  EXPECT_THAT(tagger.tag(orphan), IsEmpty());
  EXPECT_EQ(tagger.lifter_failures(), 0U);
  for (const log::Record& record : log.records()) EXPECT_EQ(record.level, log::Level::kDebug);
}

TEST(Tagger, AnIdentityIsAnAnchorToo) {
  const Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}")}), kClock);
  Event anchored = command("ls");
  anchored.attacker_uuid.reset();
  anchored.identity_uuid = "i";
  const auto tags = tagger.tag(anchored);
  ASSERT_THAT(tags, SizeIs(1));
  EXPECT_FALSE(tags[0].attacker_uuid);
  EXPECT_EQ(tags[0].identity_uuid, "i");
}

TEST(Tagger, KindsNobodyClaimsAreSaidOnce) {
  const std::array registry = {Lifter{"commands", kCommandOnly, fire_all}};
  const Tagger tagger(rule_set({}), kClock, registry);
  const log::Capture log;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(tagger.tag(event("payload", json("{}"))), IsEmpty());
    EXPECT_THAT(tagger.tag(event("tls_ja3\n", json("{}"))), IsEmpty());
    EXPECT_THAT(tagger.tag(event("", json("{}"))), IsEmpty());
  }
  ASSERT_THAT(log.records(), SizeIs(3));
  EXPECT_EQ(log.records()[0].level, log::Level::kWarning);
  EXPECT_THAT(log.records()[0].message, HasSubstr("'payload'"));
  EXPECT_EQ(log.records()[1].level, log::Level::kInfo);
  EXPECT_EQ(log.records()[2].level, log::Level::kInfo);
}

TEST(Tagger, AFloodOfKindsIsNotRemembered) {
  const Tagger tagger(rule_set({}), kClock);
  const log::Capture log;
  for (int i = 0; i < 10'000; ++i) {
    (void)tagger.tag(event(std::to_string(i) + std::string(1'000, 'x'), json("{}")));
  }
  EXPECT_THAT(log.records(), SizeIs(256));
}

TEST(Tagger, NewRulesCountFromTheNextCall) {
  Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}")}), kClock);
  const auto old = tagger.rules();
  tagger.set_rules(rule_set({rule("R2", "[command]", "{pattern: ls}")}));
  EXPECT_THAT(ids(tagger.tag(command("ls"))), ElementsAre("R2"));
  EXPECT_EQ(old->rules()[0]->definition.id, RuleId("R1"));
}

// --- operators' states

rules::State disabled() {
  rules::State state;
  state.kind = rules::State::Kind::kDisabled;
  return state;
}
rules::State clipped(double ceiling) {
  rules::State state;
  state.kind = rules::State::Kind::kClipped;
  state.confidence_max = ceiling;
  return state;
}

TEST(TaggerStates, CountFromTheNextCall) {
  Tagger tagger(
      rule_set({rule("R1", "[command]", "{pattern: ls}"), rule("R2", "[command]", "{pattern: l}")}),
      kClock);
  tagger.set_states({{RuleId("R1"), disabled()}, {RuleId("R2"), clipped(0.5)}});
  const auto tags = tagger.tag(command("ls"));
  EXPECT_THAT(ids(tags), ElementsAre("R2"));
  EXPECT_DOUBLE_EQ(tags[0].confidence, 0.5);
  tagger.set_states({});
  EXPECT_THAT(ids(tagger.tag(command("ls"))), ElementsAre("R1", "R2"));
}

TEST(TaggerStates, StayWhenRulesChange) {
  Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}")}), kClock);
  tagger.set_states({{RuleId("R2"), disabled()}});  // its rule comes later
  tagger.set_rules(
      rule_set({rule("R0", "[command]", "{pattern: l}"), rule("R1", "[command]", "{pattern: ls}"),
                rule("R2", "[command]", "{pattern: ls}")}));
  EXPECT_THAT(ids(tagger.tag(command("ls"))), ElementsAre("R0", "R1"));
  EXPECT_EQ(tagger.states().size(), 1U);
  tagger.set(rule_set({rule("R2", "[command]", "{pattern: ls}")}), {});
  EXPECT_THAT(ids(tagger.tag(command("ls"))), ElementsAre("R2"));
}

TEST(TaggerStates, WhatTheyWithholdIsToldWhenAskedFor) {
  Tagger tagger(
      rule_set({rule("R1", "[command]", "{pattern: ls}"), rule("R2", "[command]", "{pattern: id}"),
                rule("R3", "[canary_fingerprint]", "{kind: 'lifter:canary_webdriver'}")}),
      kClock);
  tagger.set_states(
      {{RuleId("R1"), disabled()}, {RuleId("R2"), disabled()}, {RuleId("R3"), disabled()}});
  std::vector<Suppressed> suppressed;
  EXPECT_THAT(tagger.tag(command("ls"), &suppressed), IsEmpty());
  EXPECT_THAT(
      tagger.tag(event("canary_fingerprint", json(R"({"navigator_webdriver":true})")), &suppressed),
      IsEmpty());
  ASSERT_THAT(suppressed, SizeIs(2));  // R2 did not match
  EXPECT_EQ(suppressed[0].rule_id, RuleId("R1"));
  EXPECT_EQ(suppressed[0].reason, Suppressed::Reason::kRuleDisabled);
  EXPECT_EQ(suppressed[0].attacker_uuid, "attacker-1");
  EXPECT_EQ(suppressed[1].rule_id, RuleId("R3"));
  EXPECT_THAT(tagger.tag(command("ls")), IsEmpty());
}

TEST(TaggerStates, AFailingLifterWithheldNothing) {
  const std::array registry = {Lifter{"bad", kCommandOnly, fail_halfway}};
  Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}")}), kClock, registry);
  tagger.set_states({{RuleId("R1"), disabled()}});
  const log::Capture quiet;
  std::vector<Suppressed> suppressed(1);
  EXPECT_THAT(tagger.tag(command("ls"), &suppressed), IsEmpty());
  EXPECT_THAT(suppressed, SizeIs(1));
}

TEST(TaggerStates, ExpireByTheClock) {
  Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: ls}")}), kClock);
  rules::State until_now = disabled();
  until_now.expires_at = kClock.now();
  tagger.set_states({{RuleId("R1"), until_now}});
  EXPECT_THAT(tagger.tag(command("ls")), SizeIs(1));
  until_now.expires_at = kClock.now() + std::chrono::microseconds(1);
  tagger.set_states({{RuleId("R1"), until_now}});
  EXPECT_THAT(tagger.tag(command("ls")), IsEmpty());
}

// A snapshot is whole: whatever is swapped meanwhile, the tags of a batch are of one rule set.
TEST(TaggerThreads, EveryBatchIsTaggedByOneRuleSet) {
  std::vector<std::shared_ptr<const rules::RuleSet>> sets;
  for (int i = 0; i < 4; ++i) {
    sets.push_back(rule_set({rule(fmt::format("A{}", i), "[command]", "{pattern: ls}"),
                             rule(fmt::format("B{}", i), "[command]", "{pattern: 'l(?=s)'}")}));
  }
  Tagger tagger(sets[0], kClock);
  const std::vector<Event> batch(8, command("ls"));
  std::atomic<int> mixed{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        const auto tags = tagger.tag(batch);
        if (tags.size() != 16) ++wrong;
        for (const Tag& tag : tags) {
          if (tag.rule_id.text().back() != tags[0].rule_id.text().back()) ++mixed;
        }
        (void)tagger.tag(event("unclaimed" + std::to_string(round % 5), json("{}")));
      }
    });
  }
  const log::Capture quiet;
  for (int i = 0; i < 2'000; ++i) tagger.set_rules(sets[static_cast<std::size_t>(i) % sets.size()]);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_EQ(wrong, 0);
}

// Equal input gives equal tags, and tagging again adds no new uuid.
TEST(TaggerProperty, IsAFunctionOfTheEvent) {
  const Tagger tagger(rule_set({rule("R1", "[command]", "{pattern: 'a+'}", "[command_text]"),
                                rule("R2", "[command]", "{pattern: '(?i)B'}")}),
                      kClock);
  EXPECT_TRUE(rc::check([&] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abAB \n\xC3\xA9\xFF")));
    RC_ASSERT(tagger.tag(command(text)) == tagger.tag(command(text)));
  }));
}

}  // namespace
}  // namespace decnet::tagging
