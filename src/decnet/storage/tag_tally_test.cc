#include "decnet/storage/tag_tally.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace decnet::storage {
namespace {

struct Case {
  std::string name;
  std::string evidence;
  std::string created_at;
  std::string expected;  // empty: no time
};
class EventTime : public testing::TestWithParam<Case> {};

const std::string kCreated = "2026-03-04 10:06:00.000000";

INSTANTIATE_TEST_SUITE_P(
    Table, EventTime,
    testing::ValuesIn(std::vector<Case>{
        {"Created", "{}", kCreated, kCreated},
        {"Evidence", R"({"ts":"2026-03-01T12:00:00.25+02:00"})", kCreated,
         "2026-03-01 10:00:00.250000"},
        {"Blanks", R"({ "a": 1, "ts" : "2026-03-01 12:00:00" })", kCreated,
         "2026-03-01 12:00:00.000000"},
        {"NoTime", R"({"ts":"noon"})", kCreated, kCreated},
        {"NoText", R"({"ts":1772625600})", kCreated, kCreated},
        {"OfAnotherObject", R"({"a":{"ts":"2026-03-01T12:00:00"}})", kCreated, kCreated},
        {"InAText", R"({"a":"{\"ts\":\"2026-03-01T12:00:00\"}"})", kCreated, kCreated},
        {"Unfinished", R"({"ts":"2026-03-01T12:00:00")", kCreated, kCreated},
        {"NoObject", R"(["ts"])", kCreated, kCreated},
        {"NothingAtAll", "", "", ""},
        {"CreatedIsNone", "{}", "never", ""},
    }),
    [](const auto& row) { return row.param.name; });

TEST_P(EventTime, IsOfTheEvidenceElseOfTheTag) {
  const auto time = event_time(GetParam().evidence, GetParam().created_at);
  EXPECT_EQ(time ? to_sql_text(*time) : "", GetParam().expected);
}

TEST(TagTally, CountsEachAttackerOnceInEachRow) {
  TagTally tally(std::nullopt);
  for (int i = 0; i < 1000; ++i) {
    const std::string attacker = fmt::format("a-{}", i % 70);
    tally.add({"TA0007", i % 2 == 0 ? "T1083" : "T1082", attacker, 0.5, "{}", kCreated});
  }
  tally.add({"TA0007", "T1083", "", 0.9, "{}", "never"});
  const auto rows = tally.rows();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].technique, "T1082");
  EXPECT_EQ(rows[0].tags, 500U);
  EXPECT_EQ(rows[0].attackers, 35U);
  EXPECT_EQ(rows[1].tags, 501U);
  EXPECT_EQ(rows[1].attackers, 35U);
  EXPECT_EQ(rows[1].max_confidence, 0.9);
  EXPECT_EQ(to_sql_text(rows[1].last_seen), kCreated);
}

// Tactic and technique are kept apart, whatever is in them.
TEST(TagTally, DoesNotMixNamesUp) {
  TagTally tally(std::nullopt);
  tally.add({"TA", "1T", "a", 0.5, "{}", kCreated});
  tally.add({"TA1", "T", "a", 0.5, "{}", kCreated});
  EXPECT_EQ(tally.rows().size(), 2U);
}

}  // namespace
}  // namespace decnet::storage
