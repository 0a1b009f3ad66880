// The promises of RuleRows, on every backend.
#include "decnet/storage/rule_rows.h"

#include <gmock/gmock.h>

#include <set>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const UtcTime kNow = test::at("2026-03-04 10:06:00.123456");

RuleRow a_rule(const std::string& rule_id) {
  return {rule_id,
          2,
          "./rules/ttp/" + rule_id + ".yaml",
          "rule_id: " + rule_id + "\n# it's \xC3\xA9\n",
          kNow,
          "filesystem"};
}

RuleStateRow a_state(const std::string& rule_id) {
  RuleStateRow row;
  row.rule_id = rule_id;
  row.state = "clipped";
  row.confidence_max = 0.4;
  row.expires_at = kNow + std::chrono::hours(4);
  row.reason = "it's noise";
  row.set_by = "alice";
  row.set_at = kNow;
  return row;
}

template <typename Row>
std::vector<std::string> ids(const RuleTable<Row>& table) {
  std::vector<std::string> ids;
  for (const Row& row : table.rows) ids.push_back(row.rule_id);
  return ids;
}

class RuleRowsContract : public test::StorageTest {
 protected:
  RuleRows& rows() { return database_->rule_rows(); }
};

INSTANTIATE_TEST_SUITE_P(Backends, RuleRowsContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(RuleRowsContract, ReadsBackWhatWasPut) {
  ASSERT_TRUE(rows().put_rule(a_rule("R1")));
  const auto rules = rows().rules();
  ASSERT_TRUE(rules);
  EXPECT_THAT(rules->rows, ElementsAre(a_rule("R1")));
  EXPECT_THAT(rules->unreadable, IsEmpty());

  RuleStateRow plain;
  plain.rule_id = "R2";
  plain.state = "disabled";
  plain.set_at = kNow;
  ASSERT_TRUE(rows().put_state(plain));
  ASSERT_TRUE(rows().put_state(a_state("R1")));
  const auto states = rows().states();
  ASSERT_TRUE(states);
  EXPECT_THAT(states->rows, ElementsAre(a_state("R1"), plain));
}

TEST_P(RuleRowsContract, AreWrittenAsTheFrameworkWritesThem) {
  ASSERT_TRUE(rows().put_rule(a_rule("R1")));
  ASSERT_TRUE(rows().put_state(a_state("R1")));
  RuleStateRow plain = a_state("R2");
  plain.confidence_max.reset();
  plain.expires_at.reset();
  plain.reason.clear();
  plain.set_by.clear();
  ASSERT_TRUE(rows().put_state(plain));
  EXPECT_EQ(store_->value("SELECT rule_id, rule_version, source_path, updated_at, updated_by FROM "
                          "ttp_rule"),
            "R1|2|./rules/ttp/R1.yaml|2026-03-04 10:06:00.123456|filesystem");
  EXPECT_THAT(store_->rows("SELECT * FROM ttp_rule_state ORDER BY rule_id"),
              ElementsAre("R1|clipped|0.4|2026-03-04 14:06:00.123456|it's noise|alice|2026-03-04 "
                          "10:06:00.123456",
                          "R2|clipped|NULL|NULL|NULL|NULL|2026-03-04 10:06:00.123456"));
}

TEST_P(RuleRowsContract, PuttingAgainReplaces) {
  ASSERT_TRUE(rows().put_rule(a_rule("R1")));
  RuleRow newer = a_rule("R1");
  newer.rule_version = 3;
  newer.yaml_content = "x";
  newer.updated_by = "alice";
  ASSERT_TRUE(rows().put_rule(newer));
  EXPECT_THAT(rows().rules()->rows, ElementsAre(newer));

  ASSERT_TRUE(rows().put_state(a_state("R1")));
  RuleStateRow later = a_state("R1");
  later.expires_at.reset();
  later.state = "disabled";
  ASSERT_TRUE(rows().put_state(later));
  EXPECT_THAT(rows().states()->rows, ElementsAre(later));
}

TEST_P(RuleRowsContract, ComeInTheOrderOfTheBytesOfTheirIds) {
  for (const char* id : {"r1", "R10", "R2", "\xC3\xA9", "HFP-0001"}) {
    ASSERT_TRUE(rows().put_rule(a_rule(id)));
    ASSERT_TRUE(rows().put_state(a_state(id)));
  }
  EXPECT_THAT(ids(*rows().rules()), ElementsAre("HFP-0001", "R10", "R2", "r1", "\xC3\xA9"));
  EXPECT_THAT(ids(*rows().states()), ElementsAre("HFP-0001", "R10", "R2", "r1", "\xC3\xA9"));
}

TEST_P(RuleRowsContract, RemovingSaysWhetherThereWasOne) {
  ASSERT_TRUE(rows().put_rule(a_rule("R1")));
  ASSERT_TRUE(rows().put_state(a_state("R1")));
  EXPECT_EQ(rows().remove_rule("R2"), false);
  EXPECT_EQ(rows().remove_rule("R1"), true);
  EXPECT_EQ(rows().remove_rule("R1"), false);
  EXPECT_THAT(rows().rules()->rows, IsEmpty());
  EXPECT_THAT(rows().states()->rows, SizeIs(1));
  EXPECT_EQ(rows().remove_state("R1"), true);
  EXPECT_EQ(rows().remove_state("R1"), false);
}

TEST_P(RuleRowsContract, AStateSetAgainMeanwhileIsNotRemovedAsExpired) {
  ASSERT_TRUE(rows().put_state(a_state("R1")));
  RuleStateRow for_good = a_state("R2");
  for_good.expires_at.reset();
  ASSERT_TRUE(rows().put_state(for_good));
  const UtcTime end = *a_state("R1").expires_at;
  EXPECT_EQ(rows().remove_expired_state("R1", end - std::chrono::microseconds(1)), false);
  EXPECT_EQ(rows().remove_expired_state("R2", end), false);
  EXPECT_THAT(rows().states()->rows, SizeIs(2));
  EXPECT_EQ(rows().remove_expired_state("R1", end), true);
  EXPECT_EQ(rows().remove_expired_state("R1", end), false);
}

TEST_P(RuleRowsContract, TheMarkTellsOfEveryWrite) {
  const auto other = open();
  ASSERT_TRUE(other);
  const std::string first = rows().mark().value();
  EXPECT_EQ(rows().mark().value(), first);
  ASSERT_TRUE(rows().rules());
  EXPECT_EQ(rows().mark().value(), first);

  std::set<std::string> marks = {first};
  const auto is_new = [&] { return marks.insert(rows().mark().value()).second; };
  ASSERT_TRUE(other->rule_rows().put_rule(a_rule("R1")));
  EXPECT_TRUE(is_new());
  ASSERT_TRUE(rows().put_state(a_state("R1")));
  EXPECT_TRUE(is_new());
  ASSERT_TRUE(other->rule_rows().remove_state("R1"));
  EXPECT_TRUE(is_new());
  store_->execute("UPDATE ttp_rule SET yaml_content = 'edited by hand'");
  EXPECT_TRUE(is_new());
}

// What somebody wrote by hand costs its own row, and an end is not lost: the rule would be silent
// for ever.
TEST_P(RuleRowsContract, UnreadableRowsAreNamed) {
  ASSERT_TRUE(rows().put_state(a_state("R0")));
  store_->execute(
      "INSERT INTO ttp_rule_state (rule_id, state, confidence_max, expires_at, set_at) VALUES "
      "('R1', 'disabled', NULL, 'tomorrow', '2026-03-04 10:06:00.000000'), "
      "('R2', 'clipped', 'half', NULL, '2026-03-04 10:06:00.000000'), "
      "('R3', 'sleeping', 1, '2026-03-04T10:06:00', 'once')");
  const auto states = rows().states();
  ASSERT_TRUE(states);
  EXPECT_THAT(ids(*states), ElementsAre("R0", "R3"));
  EXPECT_EQ(states->rows[1].confidence_max, 1.0);
  EXPECT_EQ(states->rows[1].expires_at, test::at("2026-03-04 10:06:00"));
  EXPECT_EQ(states->rows[1].set_at, UtcTime());
  EXPECT_THAT(states->unreadable,
              ElementsAre(UnreadableRow{"R1", "expires_at: 'tomorrow' is no time"},
                          UnreadableRow{"R2", "confidence_max: 'half' is no number"}));
}

TEST_P(RuleRowsContract, ARowBeyondEveryLimitCostsItself) {
  for (const char* id : {"R1", "R2", "R3"}) ASSERT_TRUE(rows().put_rule(a_rule(id)));
  store_->execute(
      "UPDATE ttp_rule SET yaml_content = printf('%.*c', 40000000, 'x') WHERE rule_id = 'R2'");
  const auto rules = rows().rules();
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_THAT(ids(*rules), ElementsAre("R1", "R3"));
  ASSERT_THAT(rules->unreadable, SizeIs(1));
  EXPECT_EQ(rules->unreadable[0].rule_id, "R2");
  EXPECT_EQ(rows().remove_rule("R2"), true);
  EXPECT_THAT(rows().rules()->unreadable, IsEmpty());
}

TEST_P(RuleRowsContract, ADatabaseWithoutTheTablesIsAnError) {
  store_->execute("DROP TABLE ttp_rule");
  const auto rules = open()->rule_rows().rules();
  ASSERT_FALSE(rules);
  EXPECT_THAT(rules.error().message, HasSubstr("ttp_rule"));
}

}  // namespace
}  // namespace decnet::storage
