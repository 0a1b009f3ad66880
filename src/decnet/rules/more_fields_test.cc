// match.more_fields: one pattern searched in several keys of a payload, and in lists and objects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "decnet/rules/reader.h"
#include "decnet/rules/rule_set.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string rule(std::string_view id, std::string_view match) {
  return "rule_id: " + std::string(id) +
         "\nrule_version: 1\nname: n\napplies_to: [http_request, session]\nmatch: {" +
         std::string(match) +
         "}\nemits:\n  - {technique_id: T1190, tactic: TA0001, confidence: 0.9}\n";
}

struct Read {
  std::vector<Definition> rules;
  std::vector<std::string> problems;
};
Read read(const std::vector<std::string>& documents) {
  Read result;
  std::vector<Problem> problems;
  for (const std::string& document : documents) {
    if (auto rule = read_definition(document, "r.yaml", problems)) {
      result.rules.push_back(std::move(*rule));
    }
  }
  for (const Problem& problem : problems) result.problems.push_back(problem.text());
  return result;
}

// "<rule> in <field>: <text found>" of each match.
std::vector<std::string> matches(const std::vector<std::string>& documents,
                                 std::string_view payload, std::string_view kind = "http_request") {
  auto compiled = RuleSet::compile(read(documents).rules, *attack::Catalogue::built_in());
  Event event;
  event.source_kind = kind;
  event.payload = Json::parse(payload).value();
  std::vector<std::string> found;
  for (const Match& match : compiled.rules->match(event)) {
    found.push_back(match.rule->definition.id.text() + " in " + std::string(match.field) + ": " +
                    match.matched);
  }
  return found;
}

const std::string kRule = rule("R1", "pattern: 'x\\d', field: url, more_fields: [agent, headers]");

TEST(MoreFields, AreReadBesideTheField) {
  const auto [rules, problems] = read({kRule});
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(rules.at(0).field, "url");
  EXPECT_THAT(rules.at(0).more_fields, ElementsAre("agent", "headers"));
  EXPECT_EQ(rules.at(0).parameters, Json::object({}));
}

TEST(MoreFields, MustBeAListOfTexts) {
  EXPECT_THAT(read({rule("R1", "pattern: x, field: u, more_fields: agent")}).problems,
              ElementsAre(HasSubstr("match.more_fields: expected a list of payload keys")));
  EXPECT_THAT(read({rule("R1", "pattern: x, field: u, more_fields: [a, [b]]")}).problems,
              ElementsAre(HasSubstr("match.more_fields[1]: expected a text")));
}

TEST(MoreFields, SpareAKindWithoutDefaultField) {
  EXPECT_THAT(read({rule("R1", "pattern: x, more_fields: [agent]")}).problems, IsEmpty());
  EXPECT_THAT(
      matches({rule("R1", "pattern: x, more_fields: [agent]")}, R"({"agent": "x"})", "session"),
      ElementsAre("R1 in agent: x"));
}

TEST(MoreFields, AreSearchedLikeTheField) {
  EXPECT_THAT(matches({kRule}, R"({"url": "x1"})"), ElementsAre("R1 in url: x1"));
  EXPECT_THAT(matches({kRule}, R"({"url": "/", "agent": "x2"})"), ElementsAre("R1 in agent: x2"));
  EXPECT_THAT(matches({kRule}, R"({"other": "x3"})"), IsEmpty());
  EXPECT_THAT(matches({kRule}, R"({"agent": 5, "headers": null})"), IsEmpty());
}

TEST(MoreFields, AreSearchedInListsAndObjects) {
  EXPECT_THAT(matches({kRule}, R"({"headers": {"A": "b", "C": "x4"}})"),
              ElementsAre("R1 in headers: x4"));
  EXPECT_THAT(matches({kRule}, R"({"headers": [["A", "b"], ["C", {"d": ["x5"]}]]})"),
              ElementsAre("R1 in headers: x5"));
  EXPECT_THAT(matches({kRule}, R"({"headers": {"x6": "a"}})"), IsEmpty()) << "a key is no text";
  EXPECT_THAT(matches({kRule}, R"({"headers": ["x", "7"]})"), IsEmpty()) << "texts are not joined";
}

TEST(MoreFields, AnObjectInTheFieldItselfIsNoText) {
  EXPECT_THAT(matches({kRule}, R"({"url": ["x1"]})"), IsEmpty());
}

TEST(MoreFields, MakeARuleFireOnce) {
  EXPECT_THAT(matches({kRule}, R"({"url": "x1", "agent": "x2", "headers": ["x3", "x4"]})"),
              ElementsAre("R1 in url: x1"));
  EXPECT_THAT(matches({rule("R1", "pattern: 'x\\d', more_fields: [headers]")},
                      R"({"headers": ["x3", "x4"]})"),
              ElementsAre("R1 in headers: x3"));
}

TEST(MoreFields, AreEvaluatedAsFarAsOneText) {
  const auto set = RuleSet::compile(read({kRule}).rules, *attack::Catalogue::built_in()).rules;
  const auto matches_of = [&](Json::Array headers) {
    Event event;
    event.source_kind = "http_request";
    event.payload = Json::object({{"headers", Json(std::move(headers))}});
    return set->match(event);
  };
  Json::Array texts(100'000, Json("x1"));
  EXPECT_EQ(matches_of(texts).size(), 1U);
  EXPECT_TRUE(matches_of(texts).at(0).truncated);

  Json::Array late(70'000, Json(""));
  late.emplace_back("x1");
  EXPECT_THAT(matches_of(late), IsEmpty());

  const std::string long_text(matching::kMaxEvaluatedBytes, 'a');
  EXPECT_THAT(matches_of({long_text, "x1"}), IsEmpty());
  EXPECT_EQ(matches_of({"x1", long_text}).at(0).matched, "x1");
}

TEST(MoreFields, KeepRuleOrder) {
  const std::vector<std::string> rules = {kRule, rule("R2", "pattern: x, field: agent"),
                                          rule("R3", "pattern: x, field: url")};
  EXPECT_THAT(matches(rules, R"({"url": "x1", "agent": "x2"})"),
              ElementsAre("R1 in url: x1", "R2 in agent: x", "R3 in url: x"));
  EXPECT_THAT(matches(rules, R"({"url": "x", "headers": ["x2"]})"),
              ElementsAre("R1 in headers: x2", "R3 in url: x"));
}

}  // namespace
}  // namespace decnet::rules
