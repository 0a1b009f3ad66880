// Fields and parameters that are missing, null or of another type, for every shipped rule that a
// lifter judges: no tag where nothing was said, no exception, no log line, and no harm to others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/log.h"
#include "decnet/lifters/holder.h"
#include "decnet/lifters/lifting_test.h"
#include "decnet/rules/loader.h"
#include "tests/test_main.h"

namespace decnet::lifters {
namespace {

using testing::IsEmpty;

const std::vector<Json>& odd_values() {
  static const std::vector<Json> values = {Json(),
                                           true,
                                           5,
                                           -7.5,
                                           "",
                                           "x",
                                           Json::array({}),
                                           Json::array({Json(), 5, "x", Json::object({})}),
                                           Json::object({}),
                                           Json::object({{"x", 1}})};
  return values;
}

std::vector<rules::Definition> lifter_rules() {
  std::vector<rules::Definition> result;
  for (auto& rule : rules::load_directory(decnet::test::source_dir() / "rules" / "ttp").rules) {
    if (!rule.is_pattern_rule()) result.push_back(std::move(rule));
  }
  return result;
}

std::vector<Tag> tags_of(const rules::Definition& rule, const rules::RuleSet& rules,
                         const Json& payload) {
  Event event = test::event(rule.applies_to.front(), payload);
  event.identity_uuid = "identity-1";
  return test::lift(holder(rule)->name, rules, event).tags;
}

std::size_t tags_by(const RuleId& id, const std::vector<Tag>& tags) {
  return static_cast<std::size_t>(
      std::count_if(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.rule_id == id; }));
}

TEST(Confusion, FieldsThatSayNothingGiveNothing) {
  const log::Capture log;
  for (const rules::Definition& rule : lifter_rules()) {
    const auto rules = rules::RuleSet::compile(std::vector<rules::Definition>{rule},
                                               *attack::Catalogue::built_in())
                           .rules;
    for (const Json& sample : rule.samples.fires) {
      ASSERT_FALSE(tags_of(rule, *rules, sample).empty()) << rule.id << sample.dump();
      Json all_null = sample;
      Json all_odd = sample;
      for (const auto& [key, value] : *sample.object()) {
        for (const Json& odd : odd_values()) {
          Json changed = sample;
          changed.set(key, odd);
          EXPECT_NO_THROW((void)tags_of(rule, *rules, changed)) << rule.id << changed.dump();
        }
        all_null.set(key, Json());
        all_odd.set(key, Json::object({{"x", 1}}));
      }
      EXPECT_THAT(tags_of(rule, *rules, all_null), IsEmpty()) << rule.id;
      EXPECT_THAT(tags_of(rule, *rules, all_odd), IsEmpty()) << rule.id;
      EXPECT_THAT(tags_of(rule, *rules, Json::object({})), IsEmpty()) << rule.id;
    }
  }
  EXPECT_THAT(log.records(), IsEmpty());
}

TEST(Confusion, AParameterOfAnotherTypeCostsItsRuleOnly) {
  const log::Capture log;
  for (const rules::Definition& rule : lifter_rules()) {
    const Json& sample = rule.samples.fires.front();
    for (const auto& [key, value] : *rule.parameters.object()) {
      for (const Json& odd : odd_values()) {
        rules::Definition confused = rule;
        confused.id = RuleId("Confused");
        confused.parameters.set(key, odd);
        // The confused one comes first: whatever it does, the other is still to be judged.
        const auto compiled = rules::RuleSet::compile(
            std::vector<rules::Definition>{confused, rule}, *attack::Catalogue::built_in());
        ASSERT_EQ(compiled.rules->rules().size(), 2U);
        std::vector<Tag> tags;
        EXPECT_NO_THROW(tags = tags_of(rule, *compiled.rules, sample));
        EXPECT_GT(tags_by(rule.id, tags), 0U) << rule.id << " " << key << " " << odd.dump();
      }
    }
  }
  EXPECT_THAT(log.records(), IsEmpty());
}

}  // namespace
}  // namespace decnet::lifters
