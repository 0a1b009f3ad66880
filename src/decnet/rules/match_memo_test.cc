#include "decnet/rules/match_memo.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <thread>

#include "decnet/attack/catalogue.h"
#include "decnet/base/log.h"
#include "decnet/rules/overlay.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const MatchMemo::Found> found(std::size_t rule) {
  return std::make_shared<const MatchMemo::Found>(MatchMemo::Found{{}, {rule}});
}

TEST(MatchMemo, FindsWhatWasKept) {
  MatchMemo memo;
  EXPECT_EQ(memo.find("id"), nullptr);
  const auto first = found(1);
  memo.keep("id", first);
  memo.keep("", found(2));
  EXPECT_EQ(memo.find("id"), first);
  EXPECT_THAT(memo.find("")->exhausted, ElementsAre(2));
  EXPECT_EQ(memo.find("i"), nullptr);
}

TEST(MatchMemo, KeepsNothingLong) {
  MatchMemo memo;
  const std::string longest(MatchMemo::kMaxEntryBytes - sizeof(std::size_t), 'a');
  memo.keep(longest, found(1));
  memo.keep(longest + 'a', found(1));
  EXPECT_NE(memo.find(longest), nullptr);
  EXPECT_EQ(memo.find(longest + 'a'), nullptr);
  Match large;
  large.searched.assign(MatchMemo::kMaxEntryBytes, 'a');
  memo.keep("short", std::make_shared<const MatchMemo::Found>(MatchMemo::Found{{large}, {}}));
  EXPECT_EQ(memo.find("short"), nullptr);
}

TEST(MatchMemo, HoldsSoManyAndNoMore) {
  MatchMemo memo;
  constexpr std::size_t kTexts = 3 * MatchMemo::kMaxEntries;
  for (std::size_t i = 0; i < kTexts; ++i) memo.keep(fmt::format("text {}", i), found(i));
  std::size_t held = 0;
  for (std::size_t i = 0; i < kTexts; ++i) {
    const auto one = memo.find(fmt::format("text {}", i));
    if (one == nullptr) continue;
    ++held;
    EXPECT_THAT(one->exhausted, ElementsAre(i));
  }
  EXPECT_LE(held, MatchMemo::kMaxEntries);
  EXPECT_GE(held, MatchMemo::kMaxEntries / 2);
}

TEST(MatchMemo, WhatIsAskedForStays) {
  MatchMemo memo;
  memo.keep("id", found(7));
  for (std::size_t i = 0; i < 4 * MatchMemo::kMaxEntries; ++i) {
    ASSERT_NE(memo.find("id"), nullptr) << i;
    memo.keep(fmt::format("text {}", i), found(i));
  }
}

TEST(MatchMemo, IsSharedByThreads) {
  MatchMemo memo;
  const auto work = [&memo](std::size_t begin) {
    for (std::size_t i = 0; i < 20'000; ++i) {
      const std::size_t number = (begin + i) % 500;
      const std::string text = fmt::format("text {}", number);
      if (const auto one = memo.find(text)) {
        EXPECT_THAT(one->exhausted, ElementsAre(number));
      } else {
        memo.keep(text, found(number));
      }
    }
  };
  std::thread other(work, 250);
  work(0);
  other.join();
}

Definition rule(std::string_view id, std::string_view pattern, std::string_view field = {},
                std::string_view kind = "command") {
  Definition definition;
  definition.id = RuleId(id);
  definition.applies_to = {std::string(kind)};
  definition.pattern = pattern;
  definition.field = field;
  definition.emits = {{TechniqueId("T1083"), std::nullopt, TacticId("TA0007"), 0.9}};
  return definition;
}

std::shared_ptr<const RuleSet> compile(std::vector<Definition> definitions) {
  return RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in()).rules;
}

Event event(std::string_view kind, Json payload) {
  Event event;
  event.source_kind = kind;
  event.payload = std::move(payload);
  return event;
}
Event command(std::string text) {
  return event("command", Json::object({{"command_text", std::move(text)}}));
}

std::string shown(const std::vector<Match>& matches) {
  std::string text;
  for (const Match& match : matches) {
    text += fmt::format("{} {} {}-{} '{}' '{}' '{}' {}{}\n", match.rule->definition.id.text(),
                        match.field, match.where.begin, match.where.end, match.matched, match.layer,
                        match.searched, match.truncated, match.silenced);
  }
  return text;
}

TEST(Remembered, TextsGiveWhatTheyGaveAtFirst) {
  const auto definitions = [] {
    return std::vector<Definition>{rule("R1", "a+b"), rule("R2", "^b", "simple_command"),
                                   rule("R3", "ab", "decoded"), rule("R4", "b$", "tool")};
  };
  const auto one = compile(definitions());
  const auto letters =
      rc::gen::container<std::string>(rc::gen::element('a', 'b', ' ', ';', '|', '\\', '"'));
  EXPECT_TRUE(rc::check([&] {
    Event of = command(*letters);
    if (*rc::gen::arbitrary<bool>()) of.payload.set("tool", *letters);
    const std::string first = shown(one->match(of));
    RC_ASSERT(shown(one->match(of)) == first);
    RC_ASSERT(shown(compile(definitions())->match(of)) == first);
  }));
}

TEST(Remembered, TextsOfSeveralFieldsAreNotTakenForEachOther) {
  const auto rules = compile({rule("R1", "^ab$", "one"), rule("R2", "^bc$", "two")});
  const auto ids = [&](Json payload) {
    std::vector<std::string> found;
    for (const Match& match : rules->match(event("command", std::move(payload)))) {
      found.push_back(match.rule->definition.id.text());
    }
    return found;
  };
  EXPECT_THAT(ids(Json::object({{"one", "ab"}, {"two", "c"}})), ElementsAre("R1"));
  EXPECT_THAT(ids(Json::object({{"one", "a"}, {"two", "bc"}})), ElementsAre("R2"));
  EXPECT_THAT(ids(Json::object({{"one", "abc"}})), IsEmpty());
  EXPECT_THAT(ids(Json::object({{"two", "abc"}})), IsEmpty());
  EXPECT_THAT(ids(Json::object({{"one", "ab"}})), ElementsAre("R1"));
  EXPECT_THAT(ids(Json::object({{"one", 1}, {"two", "bc"}})), ElementsAre("R2"));
  EXPECT_THAT(ids(Json::object({{"one", "ab"}, {"two", Json(Json::Array{"bc"})}})),
              ElementsAre("R1"));
}

TEST(Remembered, NoTextIsNotTakenForAnEmptyOne) {
  for (const bool empty_first : {false, true}) {
    const auto rules = compile({rule("R1", "^$")});
    for (const bool empty : {empty_first, !empty_first}) {
      const auto found = empty ? rules->match(command("")) : rules->match(event("command", {}));
      EXPECT_EQ(found.size(), empty ? 1U : 0U);
    }
  }
}

TEST(Remembered, KindsAreNotTakenForEachOther) {
  const auto rules =
      compile({rule("R1", "ab", "text", "command"), rule("R2", "ab", "text", "email")});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(rules->match(event("command", Json::object({{"text", "ab"}}))).front().rule,
              rules->find(RuleId("R1")));
    EXPECT_EQ(rules->match(event("email", Json::object({{"text", "ab"}}))).front().rule,
              rules->find(RuleId("R2")));
  }
}

TEST(Remembered, WhatStatesSayNowCounts) {
  const auto rules = compile({rule("R1", "ab")});
  const UtcTime now = system_clock().now();
  State off;
  off.kind = State::Kind::kDisabled;
  const Overlay with(*rules, {{RuleId("R1"), off}});
  const Overlay without;
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(rules->match(command("ab"), with, now).front().silenced);
    EXPECT_FALSE(rules->match(command("ab"), without, now).front().silenced);
  }
}

TEST(Remembered, ExhaustedBudgetsCountForEveryEvent) {
  // Back-references are searched under a budget, which this text takes.
  const auto rules = compile({rule("R1", R"((a|aa)+\1{2}$)")});
  const log::Capture log;
  const Event hostile = command(std::string(3000, 'a') + "b");
  EXPECT_THAT(rules->match(hostile), IsEmpty());
  const std::uint64_t once = rules->exhausted().front();
  ASSERT_GT(once, 0U);
  EXPECT_THAT(rules->match(hostile), IsEmpty());
  EXPECT_EQ(rules->exhausted().front(), 2 * once);
}

}  // namespace
}  // namespace decnet::rules
