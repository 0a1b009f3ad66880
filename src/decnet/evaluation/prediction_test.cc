// What the tagger says, as scoring reads it.
#include "decnet/evaluation/prediction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "decnet/rules/reader.h"

namespace decnet::evaluation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string rule(std::string_view id, std::string_view pattern, std::string_view emits) {
  return "rule_id: " + std::string(id) +
         "\nrule_version: 1\nname: n\napplies_to: [command]\nmatch: {pattern: " +
         std::string(pattern) + ", field: command_text}\nemits:\n" + std::string(emits);
}

std::shared_ptr<const rules::RuleSet> two_rules() {
  std::vector<rules::Problem> problems;
  std::vector<rules::Definition> definitions = {
      rules::read_definition(
          rule("R1", "a", "  - {technique_id: T1083, tactic: TA0007, confidence: 0.6}\n"), "1.yaml",
          problems)
          .value(),
      rules::read_definition(rule("R2", "b",
                                  "  - {technique_id: T1083, tactic: TA0007, confidence: 0.8}\n"
                                  "  - {technique_id: T1059, sub_technique_id: T1059.004, tactic: "
                                  "TA0002, confidence: 0.7}\n"),
                             "2.yaml", problems)
          .value()};
  return rules::RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in()).rules;
}

Result<std::vector<Event>> command(const Unit& unit) {
  if (unit.text.empty()) return fail(ErrorCode::kInvalid, "no command");
  Event event;
  event.source_kind = "command";
  event.attacker_uuid = "x";
  event.payload = Json::object({{"command_text", unit.text}});
  return std::vector{event};
}

TEST(Predict, GathersTheTagsOfEachUnit) {
  const tagging::Tagger tagger(two_rules(), system_clock());
  Units units;
  units.add_command("ab");
  units.add_command("c");
  units.add_command("");
  EXPECT_EQ(units.add_command("ab"), 0U) << "known already";
  const auto predictions = predict(units, tagger, command, 1);
  ASSERT_EQ(predictions.size(), 3U);
  ASSERT_EQ(predictions[0].claims.size(), 2U);
  EXPECT_EQ(predictions[0].claims[0].technique, "T1059.004");
  EXPECT_EQ(predictions[0].claims[1].technique, "T1083");
  EXPECT_EQ(predictions[0].claims[1].confidence, 0.8);
  EXPECT_THAT(predictions[0].claims[1].rules, ElementsAre("R1", "R2"));
  EXPECT_TRUE(predictions[0].has_parent("T1059"));
  EXPECT_FALSE(predictions[0].has("T1059"));
  EXPECT_THAT(predictions[1].claims, IsEmpty());
  EXPECT_THAT(predictions[2].claims, IsEmpty()) << "no event, no tag";
}

TEST(Predict, SaysTheSameOnAnyNumberOfThreads) {
  const tagging::Tagger tagger(two_rules(), system_clock());
  Units units;
  for (int i = 0; i < 3000; ++i) units.add_command((i % 3 == 0 ? "a" : "b") + std::to_string(i));
  const auto one = predict(units, tagger, command, 1);
  const auto four = predict(units, tagger, command, 4);
  for (std::size_t i = 0; i < one.size(); ++i) {
    ASSERT_EQ(one[i].claims.size(), four[i].claims.size()) << i;
    EXPECT_EQ(one[i].claims[0].technique, four[i].claims[0].technique);
  }
}

}  // namespace
}  // namespace decnet::evaluation
