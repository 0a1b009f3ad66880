#include "decnet/rules/rule_set.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "decnet/base/log.h"
#include "decnet/rules/loader.h"
#include "decnet/shell/analysis.h"
#include "tests/test_main.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Severity = Problem::Severity;

Definition pattern_rule(std::string_view id, std::string_view pattern,
                        std::vector<std::string> kinds = {"command"}, std::string_view field = {}) {
  Definition definition;
  definition.id = RuleId(id);
  definition.version = 1;
  definition.name = "n";
  definition.applies_to = std::move(kinds);
  definition.pattern = pattern;
  definition.field = field;
  definition.emits = {{TechniqueId("T1083"), std::nullopt, TacticId("TA0007"), 0.9}};
  definition.path = fmt::format("{}.yaml", id);
  definition.line = 1;
  definition.lines = {{"match.pattern", 6}, {"emits[0].technique_id", 8}, {"emits[0].tactic", 9}};
  return definition;
}

Definition lifter_rule(std::string_view id, std::string_view match_kind,
                       std::vector<std::string> kinds) {
  Definition definition = pattern_rule(id, "", std::move(kinds));
  definition.match_kind = match_kind;
  return definition;
}

Definition emitting(std::string_view technique, std::string_view sub, std::string_view tactic) {
  Definition definition = pattern_rule("R1", "x");
  Emit& emit = definition.emits.front();
  emit.technique_id = TechniqueId(technique);
  if (!sub.empty()) emit.sub_technique_id = TechniqueId(sub);
  emit.tactic = TacticId(tactic);
  return definition;
}

RuleSet::Compiled compile(std::vector<Definition> definitions) {
  return RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in());
}

Event event(std::string_view kind, Json payload) {
  Event result;
  result.source_kind = kind;
  result.source_id = "s";
  result.attacker_uuid = "a";
  result.payload = std::move(payload);
  return result;
}
Event command(std::string_view text) {
  return event("command", Json::object({{"command_text", text}}));
}

std::vector<std::string> ids(const std::vector<Match>& matches) {
  std::vector<std::string> result;
  for (const Match& match : matches) result.push_back(match.rule->definition.id.text());
  return result;
}

TEST(RuleSet, MatchesInRuleOrderWithPlaces) {
  const auto set = compile({pattern_rule("R2", "/etc/passwd"), pattern_rule("R1", "^cat\\b"),
                            pattern_rule("R3", "shadow")})
                       .rules;
  const auto matches = set->match(command("cat /etc/passwd"));
  EXPECT_THAT(ids(matches), ElementsAre("R2", "R1"));
  EXPECT_EQ(matches[0].where, (matching::Span{4, 15}));
  EXPECT_EQ(matches[0].matched, "/etc/passwd");
  EXPECT_EQ(matches[0].field, "command_text");
  EXPECT_FALSE(matches[0].truncated);
  EXPECT_THAT(set->match(command("ls")), IsEmpty());
}

TEST(RuleSet, RulesOfSeveralFieldsKeepTheirOrder) {
  const auto set = compile({pattern_rule("R1", "x", {"http_request"}, "user_agent"),
                            pattern_rule("R2", "x", {"http_request"}),
                            pattern_rule("R3", "x", {"http_request"}, "user_agent"),
                            pattern_rule("R4", "x", {"http_request"}, "method")})
                       .rules;
  EXPECT_THAT(
      ids(set->match(event("http_request",
                           Json::object({{"raw_url", "x"}, {"user_agent", "x"}, {"method", 5}})))),
      ElementsAre("R1", "R2", "R3"));
}

struct DefaultField {
  std::string kind;
  std::string field;
};

class DefaultFields : public testing::TestWithParam<DefaultField> {};

TEST_P(DefaultFields, AreSearchedWhenTheRuleNamesNone) {
  const auto& [kind, field] = GetParam();
  const auto set = compile({pattern_rule("R1", "hit", {kind})}).rules;
  EXPECT_THAT(set->match(event(kind, Json::object({{field, "a hit"}}))), SizeIs(1));
  EXPECT_THAT(set->match(event(kind, Json::object({{"other", "a hit"}}))), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Kind, DefaultFields,
                         testing::ValuesIn(std::vector<DefaultField>{
                             {"command", "command_text"},
                             {"http_request", "raw_url"},
                             {"email", "subject"},
                             {"intel", "verdict"},
                             {"canary_fingerprint", "ua_signature"},
                             {"auth_attempt", "username"},
                             {"payload", "payload_text"},
                         }),
                         [](const auto& row) { return row.param.kind; });

TEST(RuleSet, EveryKnownKindIsEvaluatedAndNoOther) {
  for (const std::string_view kind : kSourceKindNames) {
    const auto set = compile({pattern_rule("R1", "x", {std::string(kind)}, "f")}).rules;
    EXPECT_THAT(set->match(event(kind, Json::object({{"f", "x"}}))), SizeIs(1)) << kind;
  }
  const auto set = compile({pattern_rule("R1", "x", {"keystroke_session"}, "f")}).rules;
  EXPECT_THAT(set->match(event("keystroke_session", Json::object({{"f", "x"}}))), IsEmpty());
}

TEST(RuleSet, OddPayloadsDoNotMatch) {
  const auto set = compile({pattern_rule("R1", ".*")}).rules;
  for (const char* payload : {"null", "[]", "5", "\"command_text\"", "{}", R"({"command_text":5})",
                              R"({"command_text":null})", R"({"command_text":["x"]})"}) {
    EXPECT_THAT(set->match(event("command", *Json::parse(payload))), IsEmpty()) << payload;
  }
}

TEST(RuleSet, LongTextsAreMarkedAndExcerptsAreShort) {
  const auto set = compile({pattern_rule("R1", "^a+"), pattern_rule("R2", "END$")}).rules;
  const auto matches = set->match(command(std::string(100'000, 'a') + " END\n"));
  EXPECT_THAT(ids(matches), ElementsAre("R1", "R2"));
  EXPECT_TRUE(matches[0].truncated);
  EXPECT_EQ(matches[0].matched, std::string(Match::kMaxMatchedBytes, 'a'));
  EXPECT_EQ(matches[1].matched, "END");
}

TEST(RuleSet, ExcerptsEndBetweenCharacters) {
  const auto set = compile({pattern_rule("R1", "^.*")}).rules;
  std::string text = "a";
  while (text.size() < 400) text += "\xC3\xA9";
  const auto matches = set->match(command(text));
  EXPECT_EQ(matches.at(0).matched, text.substr(0, Match::kMaxMatchedBytes - 1));
}

TEST(RuleSet, HandsOutLifterRulesByKindInOrder) {
  const auto set = compile({lifter_rule("R3", "lifter:email_bec", {"email"}),
                            lifter_rule("R2", "lifter:behavioral_x", {"session", "email"}),
                            pattern_rule("R1", "x", {"email"})})
                       .rules;
  const auto of = [&](std::string_view kind) {
    std::vector<std::string> result;
    for (const Rule* rule : set->lifter_rules(kind)) result.push_back(rule->definition.id.text());
    return result;
  };
  EXPECT_THAT(of("email"), ElementsAre("R3", "R2"));
  EXPECT_THAT(of("session"), ElementsAre("R2"));
  EXPECT_THAT(of("command"), IsEmpty());
  EXPECT_THAT(of("nothing known"), IsEmpty());
  EXPECT_EQ(set->find(RuleId("R2"))->definition.match_kind, "lifter:behavioral_x");
  EXPECT_EQ(set->find(RuleId("R9")), nullptr);
}

TEST(RuleSet, LeavesOutWhatDoesNotCompile) {
  const auto [set, problems, remarks] =
      compile({pattern_rule("R1", "a("), pattern_rule("R2", "ok"), pattern_rule("R2", "other")});
  EXPECT_THAT(set->rules(), SizeIs(1));
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems[0].text(), testing::StartsWith("R1.yaml:6: R1: "));
  EXPECT_EQ(problems[0].severity, Severity::kError);
  EXPECT_THAT(problems[1].text(), HasSubstr("R2.yaml:1: R2: another rule has this id"));
  EXPECT_THAT(ids(set->match(command("ok"))), ElementsAre("R2"));
  EXPECT_THAT(ids(set->match(command("other"))), IsEmpty());
}

TEST(RuleSet, CountsAndSaysOnceWhereABudgetRanOut) {
  const auto set =
      compile({pattern_rule("R1", "y"), pattern_rule("R2", R"(find /(?=(?:\w+/?)+!).*y)")}).rules;
  const log::Capture log;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(ids(set->match(command("find /" + std::string(300, 'a') + "? y !"))),
                ElementsAre("R1"));
  }
  EXPECT_THAT(set->exhausted(), ElementsAre(0, 3));
  ASSERT_THAT(log.records(), SizeIs(1));
  EXPECT_THAT(log.records()[0].message, HasSubstr("rule R2: its pattern ran out of its budget"));
}

TEST(RuleSet, EmptyIsLegal) {
  const auto [set, problems, remarks] = compile({});
  EXPECT_THAT(set->match(command("x")), IsEmpty());
  EXPECT_THAT(set->exhausted(), IsEmpty());
  EXPECT_EQ(set->attack_release(), "v19");
}

TEST(RuleSet, TheReleaseOnTagsCanBeOverridden) {
  const auto compiled = RuleSet::compile(std::vector<Definition>(), *attack::Catalogue::built_in(),
                                         {.attack_release = "v15.1"});
  EXPECT_EQ(compiled.rules->attack_release(), "v15.1");
}

struct AttackId {
  std::string name;
  std::string technique, sub, tactic;
  std::string stored_technique, stored_sub, stored_tactic;
  std::string problem;  // a part of its text; empty for none
};

class AttackIds : public testing::TestWithParam<AttackId> {};

TEST_P(AttackIds, ArePlacedInTheCatalogue) {
  const AttackId& c = GetParam();
  const auto [set, problems, remarks] = compile({emitting(c.technique, c.sub, c.tactic)});
  ASSERT_THAT(set->rules(), SizeIs(1));
  const CompiledEmit& emit = set->rules()[0]->emits.at(0);
  EXPECT_EQ(emit.written.technique_id, TechniqueId(c.technique));
  EXPECT_EQ(emit.placement.technique_id, TechniqueId(c.stored_technique));
  EXPECT_EQ(emit.placement.sub_technique_id.value_or(TechniqueId()), TechniqueId(c.stored_sub));
  EXPECT_EQ(emit.placement.tactic, TacticId(c.stored_tactic));
  ASSERT_THAT(problems, SizeIs(c.problem.empty() ? 0 : 1));
  if (c.problem.empty()) return;
  EXPECT_THAT(problems[0].text(), HasSubstr(c.problem));
  EXPECT_EQ(problems[0].severity, Severity::kWarning);
}

INSTANTIATE_TEST_SUITE_P(
    V19, AttackIds,
    testing::ValuesIn(std::vector<AttackId>{
        {"Known", "T1110", "T1110.001", "TA0006", "T1110", "T1110.001", "TA0006", ""},
        {"UnknownTechnique", "T9999", "", "TA0006", "T9999", "", "TA0006",
         "R1.yaml:8: R1: T9999 is unknown to ATT&CK v19; tags store it as written"},
        {"UnknownTactic", "T1110", "", "TA9999", "T1110", "", "TA9999",
         "R1.yaml:9: R1: tactic TA9999 is unknown to ATT&CK v19"},
        {"Revoked", "T1562", "T1562.001", "TA0005", "T1685", "", "TA0112",
         "R1: T1562.001 is revoked in ATT&CK v19; tags store its successor T1685 under TA0112"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(RuleSet, ATacticTheTechniqueDoesNotListIsARemark) {
  const auto [set, problems, remarks] = compile({emitting("T1029", "", "TA0011")});
  EXPECT_THAT(problems, IsEmpty());
  ASSERT_THAT(remarks, SizeIs(1));
  EXPECT_EQ(remarks[0].text(),
            "R1.yaml:9: R1: TA0011 is not among the tactics of T1029 in ATT&CK v19");
}

// Every rule of the shipped pack compiles, and every id in it is current.
TEST(RuleSet, CompilesTheShippedPackWithoutAProblem) {
  Loaded loaded = load_directory(test::source_dir() / "rules" / "ttp");
  for (const Problem& problem : loaded.problems) ADD_FAILURE() << problem.text();
  const std::size_t count = loaded.rules.size();
  const auto [set, problems, remarks] = compile(std::move(loaded.rules));
  for (const Problem& problem : problems) ADD_FAILURE() << problem.text();
  EXPECT_EQ(set->rules().size(), count);
  EXPECT_GE(count, 59U);
}

// What the set must agree with: one rule at a time, one pattern at a time.
struct Found {
  std::string rule;
  std::string field;
  matching::Span where;
  std::string matched;
  bool truncated;
  friend bool operator==(const Found&, const Found&) = default;
};
std::ostream& operator<<(std::ostream& out, const Found& found) {
  return out << found.rule << " " << found.field << "@" << found.where.begin << "-"
             << found.where.end << " '" << found.matched << "'";
}

std::vector<Found> match_one_by_one(const std::vector<Definition>& rules, const Event& event) {
  std::vector<Found> found;
  if (!source_kind(event.source_kind)) return found;
  for (const Definition& rule : rules) {
    const auto& kinds = rule.applies_to;
    if (std::find(kinds.begin(), kinds.end(), event.source_kind) == kinds.end()) continue;
    const std::string field =
        rule.field.empty() ? std::string(default_field(event.source_kind)) : rule.field;
    const Json* value = field.empty() ? nullptr : event.payload.find(field);
    if (value == nullptr || value->string() == nullptr) continue;
    matching::EvaluatedText text;
    matching::evaluated_text(*value->string(), text);
    const auto alone = matching::PatternSet::compile(std::vector<std::string>{rule.pattern});
    matching::Scan scan;
    alone->scan(text.text, scan);
    shell::Analysis analysis;
    if (scan.matched.empty() && event.source_kind == "command" && field == "command_text") {
      // What was typed does not match; what it means may.
      analysis.run(text.text);
      for (const shell::Text& line : analysis.texts(shell::TextKind::kCommandLine)) {
        alone->scan(line.text, scan);
        if (scan.matched.empty()) continue;
        text.text = line.text;
        break;
      }
    }
    if (scan.matched.empty()) continue;
    const auto where = scan.places.front();
    std::string matched(text.text.substr(where.begin, where.end - where.begin));
    matched.resize(std::min(matched.size(), Match::kMaxMatchedBytes));
    found.push_back({rule.id.text(), field, where, std::move(matched), text.truncated});
  }
  return found;
}

std::vector<Definition> any_rules() {
  const std::vector<std::string> patterns = {
      "a",      "ab+",    "^a",       "b$",         "(?i)AB", "a.*b",   "\\bab\\b", "[^a]b",
      "a(?=b)", "(a)\\1", "(?:a|b)c", "a[^;\\n]*c", "\\s+",   "c{2,3}", "a|b|c",    "(?s)a.b",
  };
  const std::vector<std::string> kinds = {"command", "http_request", "session", "email", "unknown"};
  const std::vector<std::string> fields = {"", "", "command_text", "raw_url", "f"};
  std::vector<Definition> rules;
  const int count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) {
    auto chosen = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kinds));
    rules.push_back(pattern_rule(fmt::format("R{}", i), *rc::gen::elementOf(patterns),
                                 std::move(chosen), *rc::gen::elementOf(fields)));
  }
  return rules;
}

Event any_event() {
  const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcAB; \n")));
  Json payload = Json::object({});
  for (const char* key : {"command_text", "raw_url", "subject", "f"}) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        break;
      case 1:
        payload.set(key, 5);
        break;
      default:
        payload.set(key, *text);
    }
  }
  return event(*rc::gen::element("command", "http_request", "session", "email", "unknown"),
               std::move(payload));
}

TEST(RuleSetProperty, AgreesWithTheNaiveMatcher) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<Definition> rules = any_rules();
    const auto set = compile(rules).rules;
    RC_ASSERT(set->rules().size() == rules.size());
    for (int i = 0; i < 5; ++i) {
      const Event judged = any_event();
      std::vector<Found> found;
      for (const Match& match : set->match(judged)) {
        found.push_back({match.rule->definition.id.text(), std::string(match.field), match.where,
                         match.matched, match.truncated});
      }
      RC_ASSERT(found == match_one_by_one(rules, judged));
    }
  }));
}

}  // namespace
}  // namespace decnet::rules
