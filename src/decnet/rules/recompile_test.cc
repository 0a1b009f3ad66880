// Rule sets that follow one another: what an edit leaves alone is shared, and nothing of what a set
// does depends on how it came about.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "decnet/base/log.h"
#include "decnet/rules/rule_set.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using Definitions = std::vector<std::shared_ptr<const Definition>>;

Definition pattern_rule(std::string_view id, std::string_view pattern,
                        std::vector<std::string> kinds = {"command"}) {
  Definition definition;
  definition.id = RuleId(id);
  definition.version = 1;
  definition.name = "n";
  definition.applies_to = std::move(kinds);
  definition.pattern = pattern;
  definition.emits = {{TechniqueId("T1083"), std::nullopt, TacticId("TA0007"), 0.9}};
  return definition;
}

std::shared_ptr<const Definition> shared(Definition definition) {
  return std::make_shared<const Definition>(std::move(definition));
}
std::shared_ptr<const Definition> shared(std::string_view id, std::string_view pattern) {
  return shared(pattern_rule(id, pattern));
}

RuleSet::Compiled compile(const Definitions& definitions, const RuleSet* previous = nullptr) {
  return RuleSet::compile(definitions, *attack::Catalogue::built_in(), {.previous = previous});
}

Event event(std::string_view kind, std::string_view text) {
  Event result;
  result.source_kind = kind;
  result.payload = Json::object({{"command_text", text}, {"raw_url", text}});
  return result;
}

std::vector<std::string> fired(const RuleSet& set, std::string_view text) {
  std::vector<std::string> ids;
  for (const Match& match : set.match(event("command", text))) {
    ids.push_back(match.rule->definition.id.text());
  }
  return ids;
}

TEST(Recompile, KeepsTheDefinitionsItIsGiven) {
  const auto definition = shared("R1", "ls");
  const auto set = compile({definition}).rules;
  EXPECT_EQ(set->rules()[0]->shared, definition);
  EXPECT_EQ(&set->rules()[0]->definition, definition.get());
}

TEST(Recompile, SharesWhatAnEditLeavesAlone) {
  const auto stays = shared("R1", "ls");
  const auto before = compile({stays, shared("R2", "id"), shared("R3", "w")}).rules;
  Definition same_again = pattern_rule("R3", "w");  // read anew, with another confidence
  same_again.emits[0].confidence = 0.4;
  const auto after =
      compile({shared("R0", "ps"), stays, shared("R2", "id -u"), shared(same_again)}, before.get())
          .rules;
  const auto pattern = [](const RuleSet& set, std::string_view id) {
    return set.find(RuleId(id))->pattern;
  };
  EXPECT_EQ(pattern(*after, "R1"), pattern(*before, "R1"));
  EXPECT_NE(pattern(*after, "R2"), pattern(*before, "R2"));
  EXPECT_EQ(pattern(*after, "R3"), pattern(*before, "R3"));
  EXPECT_DOUBLE_EQ(after->find(RuleId("R3"))->emits[0].written.confidence, 0.4);
  EXPECT_THAT(fired(*after, "ps; ls; id"), ElementsAre("R0", "R1"));
  EXPECT_THAT(fired(*after, "id -u; w"), ElementsAre("R2", "R3"));
}

TEST(Recompile, TakesThePatternThatTheReaderCompiled) {
  Definition read = pattern_rule("R1", "ls");
  read.ready.pattern = *matching::Pattern::compile("ls");
  Definition edited = pattern_rule("R2", "id");
  edited.ready.pattern = read.ready.pattern;  // of what it said before
  const auto set = compile({shared(read), shared(edited)}).rules;
  EXPECT_EQ(set->rules()[0]->pattern, read.ready.pattern);
  EXPECT_THAT(fired(*set, "ls"), ElementsAre("R1"));
  EXPECT_THAT(fired(*set, "id"), ElementsAre("R2"));
}

TEST(Recompile, NeedsThePreviousSetNoLonger) {
  auto before = compile({shared("R1", "ls"), shared("R2", "i(?=d)")}).rules;
  const auto after = compile({shared("R2", "i(?=d)")}, before.get()).rules;
  before.reset();
  EXPECT_THAT(fired(*after, "ls; id"), ElementsAre("R2"));
}

TEST(Recompile, ALifterRuleThatBecomesAPatternRuleMatches) {
  Definition lifter = pattern_rule("R1", "");
  lifter.match_kind = "lifter:canary_webdriver";
  const auto before = compile({shared(lifter)}).rules;
  const auto pattern = compile({shared("R1", "ls")}, before.get()).rules;
  EXPECT_THAT(fired(*pattern, "ls"), ElementsAre("R1"));
  const auto lifter_again = compile({shared(lifter)}, pattern.get()).rules;
  EXPECT_TRUE(fired(*lifter_again, "ls").empty());
  EXPECT_THAT(lifter_again->lifter_rules("command"), SizeIs(1));
}

TEST(Recompile, TellsProblemsOfUnchangedRulesAgain) {
  Definition unknown = pattern_rule("R1", "ls");
  unknown.emits[0].technique_id = TechniqueId("T9999");
  const Definitions definitions = {shared(unknown), shared("R2", "a(")};
  const auto first = compile(definitions);
  const auto second = compile(definitions, first.rules.get());
  ASSERT_THAT(first.problems, SizeIs(2));
  ASSERT_THAT(second.problems, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(first.problems[i].text(), second.problems[i].text());
  }
}

TEST(Recompile, GoesOnCountingWhereABudgetRanOut) {
  const auto costly = shared("R1", R"(find /(?=(?:\w+/?)+!).*y)");
  const std::string text = "find /" + std::string(300, 'a') + "? y !";
  const log::Capture log;
  const auto before = compile({costly}).rules;
  fired(*before, text);
  const auto after = compile({shared("R0", "x"), costly}, before.get()).rules;
  fired(*after, text);
  EXPECT_THAT(after->exhausted(), ElementsAre(0, 2));
  EXPECT_THAT(log.records(), SizeIs(1));
  const auto edited = compile({shared("R1", R"(find /(?=(?:\w+/?)+!).*yy)")}, after.get()).rules;
  EXPECT_THAT(edited->exhausted(), ElementsAre(0));
}

struct Seen {
  std::string rule;
  matching::Span where;
  double confidence;
  friend bool operator==(const Seen&, const Seen&) = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << seen.rule << "@" << seen.where.begin << "-" << seen.where.end;
}

std::vector<Seen> seen(const RuleSet& set, std::string_view kind, std::string_view text) {
  std::vector<Seen> result;
  for (const Match& match : set.match(event(kind, text))) {
    result.push_back({match.rule->definition.id.text(), match.where,
                      match.rule->emits.at(0).written.confidence});
  }
  return result;
}

Definition any_rule(int number) {
  const std::vector<std::string> patterns = {"a",  "ab+", "^b",     "c$",        "(?i)AB", "a.*c",
                                             "bc", "b*",  "a(?=b)", "(a|b)c\\b", "(a)\\1", "["};
  const std::vector<std::vector<std::string>> kinds = {
      {"command"}, {"http_request"}, {"command", "http_request"}, {}};
  Definition rule = pattern_rule(fmt::format("R{}", number), *rc::gen::elementOf(patterns),
                                 *rc::gen::elementOf(kinds));
  rule.emits[0].confidence = *rc::gen::element(0.4, 0.9);
  if (*rc::gen::inRange(0, 4) == 0) rule.more_fields = {"raw_url"};
  if (*rc::gen::inRange(0, 8) == 0) rule.match_kind = "lifter:intel_feodo";
  return rule;
}

// Edits in any order, each compiled on top of the one before, end in the set that a fresh start
// with the same files gives.
TEST(RecompileProperty, AgreesWithAFreshStart) {
  EXPECT_TRUE(rc::check([] {
    Definitions definitions;
    std::shared_ptr<const RuleSet> set = compile({}).rules;
    int next_id = 0;
    for (int step = *rc::gen::inRange(1, 25); step > 0; --step) {
      const auto place =
          definitions.begin() + *rc::gen::inRange(0, static_cast<int>(definitions.size()) + 1);
      switch (place == definitions.end() ? 0 : *rc::gen::inRange(0, 4)) {
        case 0:
          definitions.insert(place, shared(any_rule(next_id++)));
          break;
        case 1:
          definitions.erase(place);
          break;
        case 2:  // the same rule with other content
          *place = shared(any_rule(std::stoi((*place)->id.text().substr(1))));
          break;
        default:  // the same content read again
          *place = shared(Definition(**place));
      }
      set = compile(definitions, set.get()).rules;
    }
    const auto fresh = compile(definitions).rules;
    RC_ASSERT(set->rules().size() == fresh->rules().size());
    for (const char* text : {"abc", "aabb c", "ABC", "", "cab", "aa"}) {
      for (const char* kind : {"command", "http_request"}) {
        RC_ASSERT(seen(*set, kind, text) == seen(*fresh, kind, text));
      }
    }
    for (const char* kind : {"command", "http_request"}) {
      RC_ASSERT(set->lifter_rules(kind).size() == fresh->lifter_rules(kind).size());
    }
  }));
}

}  // namespace
}  // namespace decnet::rules
