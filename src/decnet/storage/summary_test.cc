#include "decnet/storage/summary.h"

#include <fmt/format.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SummariesContract : public test::StorageTest {
 protected:
  void insert(const std::vector<Tag>& tags) {
    ASSERT_EQ(database_->repository().insert_tags(tags).value().inserted.size(), tags.size());
  }
  // "tactic technique tags/attackers", row by row.
  std::vector<std::string> lines(const SummaryFilter& filter = {}) {
    std::vector<std::string> lines;
    const auto rows = database_->summaries().by_technique(filter).value();
    for (const auto& row : rows) {
      lines.push_back(
          fmt::format("{} {} {}/{}", row.tactic, row.technique, row.tags, row.attackers));
    }
    return lines;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, SummariesContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

Tag tag(const std::string& id, const std::string& tactic, const std::string& technique,
        const std::string& attacker = "a-1") {
  Tag made = test::a_tag(id);
  made.tactic = TacticId(tactic);
  made.technique_id = TechniqueId(technique.substr(0, technique.find('.')));
  if (technique.find('.') != std::string::npos) made.sub_technique_id = TechniqueId(technique);
  made.attacker_uuid = attacker;
  return made;
}

TEST_P(SummariesContract, GroupsByTacticAndMostSpecificTechnique) {
  insert({tag("1", "TA0007", "T1083"), tag("2", "TA0007", "T1083", "a-2"),
          tag("3", "TA0006", "T1110.003"), tag("4", "TA0006", "T1110"),
          tag("5", "TA0006", "T1110.003"), tag("6", "TA0003", "T1083")});
  EXPECT_THAT(lines(), ElementsAre("TA0003 T1083 1/1", "TA0006 T1110 1/1", "TA0006 T1110.003 2/1",
                                   "TA0007 T1083 2/2"));
}

TEST_P(SummariesContract, AnIdentityStandsInForAnAttacker) {
  Tag anonymous = tag("1", "TA0007", "T1083");
  anonymous.attacker_uuid.reset();
  anonymous.identity_uuid = "i-1";
  insert({anonymous, tag("2", "TA0007", "T1083")});
  EXPECT_THAT(lines(), ElementsAre("TA0007 T1083 2/2"));
}

TEST_P(SummariesContract, TimesAreThoseOfTheEventsWhereTheyAreKnown) {
  Tag early = tag("1", "TA0007", "T1083");
  early.evidence.set("ts", "2026-03-01T12:00:00+02:00");
  Tag late = tag("2", "TA0007", "T1083");
  late.evidence.set("ts", "2026-03-01T10:00:00.5+00:00");
  Tag unknown = tag("3", "TA0007", "T1518");
  unknown.evidence.set("ts", "some day");
  Tag not_text = tag("4", "TA0007", "T1518");
  not_text.evidence.set("ts", 5);
  not_text.created_at = test::at("2026-03-05 00:00:00");
  not_text.confidence = 0.95;
  insert({early, late, unknown, not_text});
  const auto rows = database_->summaries().by_technique({}).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].first_seen, test::at("2026-03-01 10:00:00"));
  EXPECT_EQ(rows[0].last_seen, test::at("2026-03-01 10:00:00.5"));
  EXPECT_EQ(rows[1].first_seen, test::at("2026-03-04 10:06:00.123456"));
  EXPECT_EQ(rows[1].last_seen, test::at("2026-03-05 00:00:00"));
  EXPECT_EQ(rows[1].max_confidence, 0.95);
}

TEST_P(SummariesContract, FiltersByEventTime) {
  Tag old = tag("1", "TA0007", "T1083");  // an old event, tagged lately
  old.evidence.set("ts", "2020-01-01T00:00:00+00:00");
  insert({old, tag("2", "TA0007", "T1518")});
  SummaryFilter filter;
  filter.since = test::at("2026-03-04 10:06:00.123456");
  EXPECT_THAT(lines(filter), ElementsAre("TA0007 T1518 1/1"));
  filter.since = test::at("2026-03-04 10:06:00.123457");
  EXPECT_THAT(lines(filter), IsEmpty());
  filter.since = test::at("2020-01-01 00:00:00");
  EXPECT_EQ(lines(filter).size(), 2U);
}

TEST_P(SummariesContract, FiltersByAttacker) {
  test::add_attacker(*store_, "a-1", "192.0.2.10", "2026-01-01 00:00:00.000000", "[]");
  test::add_attacker(*store_, "a-2", "192.0.2.10", "2026-01-01 00:00:00.000000", "[]");
  test::add_attacker(*store_, "a-3", "192.0.2.11", "2026-01-01 00:00:00.000000", "[]");
  insert({tag("1", "TA0007", "T1083", "a-1"), tag("2", "TA0007", "T1083", "a-2"),
          tag("3", "TA0007", "T1083", "a-3"), tag("4", "TA0007", "T1083", "gone")});
  EXPECT_THAT(lines({.attacker = "a-1"}), ElementsAre("TA0007 T1083 1/1"));
  EXPECT_THAT(lines({.attacker = "192.0.2.10"}), ElementsAre("TA0007 T1083 2/2"));
  EXPECT_THAT(lines({.attacker = "gone"}), ElementsAre("TA0007 T1083 1/1"));
  EXPECT_THAT(lines({.attacker = "' OR 1 = 1 --"}), IsEmpty());
  EXPECT_THAT(lines({.attacker = ""}), IsEmpty());
}

TEST_P(SummariesContract, FiltersByConfidence) {
  Tag weak = tag("1", "TA0007", "T1083");
  weak.confidence = 0.5;
  insert({weak, tag("2", "TA0007", "T1518")});
  EXPECT_EQ(lines({.min_confidence = 0.5}).size(), 2U);
  EXPECT_THAT(lines({.min_confidence = 0.51}), ElementsAre("TA0007 T1518 1/1"));
}

// Evidence that another program spoiled must not cost the summary.
TEST_P(SummariesContract, SurvivesOddRows) {
  insert({tag("1", "TA0007", "T1083"), tag("2", "TA0007", "T1083")});
  store_->execute(
      "UPDATE ttp_tag SET evidence = '{\"ts\": ', created_at = 'never', sub_technique_id = '' "
      "WHERE source_id = '1'");
  const auto rows = database_->summaries().by_technique({}).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].tags, 2U);
  EXPECT_EQ(rows[0].first_seen, test::at("2026-03-04 10:06:00.123456"));
}

TEST_P(SummariesContract, NoTagsNoRows) { EXPECT_THAT(lines(), IsEmpty()); }

// By rule.

Tag fired(const std::string& rule, const std::string& source, const std::string& technique,
          const std::string& ts = {}) {
  Tag made = tag(source, "TA0007", technique);
  made.uuid = fmt::format("{}-{}-{}", rule, source, technique);
  made.rule_id = RuleId(rule);
  if (!ts.empty()) made.evidence.set("ts", ts);
  return made;
}

class RuleSummariesContract : public SummariesContract {
 protected:
  // "rule events/tags last seen", row by row.
  std::vector<std::string> since(const std::string& time) {
    std::vector<std::string> lines;
    const auto rows = database_->summaries().by_rule(test::at(time)).value();
    for (const auto& row : rows) {
      lines.push_back(fmt::format("{} {}/{} {}", row.rule_id, row.events, row.tags,
                                  to_sql_text(row.last_seen).substr(0, 10)));
    }
    return lines;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, RuleSummariesContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(RuleSummariesContract, AnEventWithSeveralTagsOfARuleCountsOnce) {
  insert({fired("R2", "1", "T1083"), fired("R2", "1", "T1518"), fired("R1", "1", "T1083"),
          fired("R2", "2", "T1083"), fired("R2", "2", "T1518")});
  EXPECT_THAT(since("2026-01-01 00:00:00"), ElementsAre("R1 1/1 2026-03-04", "R2 2/4 2026-03-04"));
}

TEST_P(RuleSummariesContract, CountsWhatHappenedSince) {
  insert({fired("R1", "1", "T1083", "2025-12-31T23:59:59Z"),
          fired("R1", "2", "T1083", "2026-01-02T00:00:00Z"), fired("R2", "3", "T1083")});
  EXPECT_THAT(since("2026-01-01 00:00:00"), ElementsAre("R1 1/1 2026-01-02", "R2 1/1 2026-03-04"));
  EXPECT_THAT(since("2026-02-01 00:00:00"), ElementsAre("R2 1/1 2026-03-04"));
  EXPECT_THAT(since("2026-03-05 00:00:00"), IsEmpty());
}

TEST_P(RuleSummariesContract, SurvivesOddRows) {
  insert({fired("R1", "1", "T1083"), fired("R1", "2", "T1083")});
  store_->execute("UPDATE ttp_tag SET evidence = '{', created_at = 'never' WHERE source_id = '1'");
  EXPECT_THAT(since("2026-01-01 00:00:00"), ElementsAre("R1 1/1 2026-03-04"));
}

}  // namespace
}  // namespace decnet::storage
