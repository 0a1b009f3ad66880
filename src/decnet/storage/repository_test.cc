#include "decnet/storage/repository.h"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <thread>

#include "decnet/storage/admission.h"
#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RepositoryContract : public test::StorageTest {
 protected:
  InsertOutcome insert(std::vector<Tag> tags) {
    auto outcome = database_->repository().insert_tags(tags);
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    return outcome ? *std::move(outcome) : InsertOutcome{};
  }
  std::string count() { return store_->value("SELECT count(*) FROM ttp_tag"); }
};

INSTANTIATE_TEST_SUITE_P(Backends, RepositoryContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

std::vector<Tag> tags_named(std::size_t from, std::size_t to) {
  std::vector<Tag> tags;
  for (std::size_t i = from; i < to; ++i) tags.push_back(test::a_tag(fmt::format("cmd-{}", i)));
  return tags;
}

TEST_P(RepositoryContract, StoresEveryColumn) {
  Tag tag = test::a_tag("cmd-1");
  tag.identity_uuid = "i-1";
  tag.session_id = "s-1";
  tag.decky_id = "decky-01";
  tag.technique_id = TechniqueId("T1110");
  tag.sub_technique_id = TechniqueId("T1110.003");
  tag.mitre_url = "https://attack.example.org/T1110/003";
  ASSERT_THAT(insert({tag}).inserted, ElementsAre(0U));
  EXPECT_EQ(store_->value("SELECT uuid, source_kind, source_id, attacker_uuid, identity_uuid, "
                          "session_id, decky_id, tactic, technique_id, sub_technique_id, "
                          "confidence, rule_id, rule_version, evidence, attack_release, mitre_url, "
                          "created_at FROM ttp_tag"),
            tag.uuid +
                "|command|cmd-1|a-1|i-1|s-1|decky-01|TA0007|T1110|T1110.003|0.8|R0014|2|"
                "{\"command_text\":\"ls -la\"}|v19|https://attack.example.org/T1110/003|"
                "2026-03-04 10:06:00.123456");
}

TEST_P(RepositoryContract, KeepsAbsentValuesNull) {
  Tag tag = test::a_tag("cmd-1");
  insert({tag});
  EXPECT_EQ(store_->value("SELECT identity_uuid, session_id, decky_id, sub_technique_id, "
                          "mitre_url FROM ttp_tag"),
            "NULL|NULL|NULL|NULL|NULL");
}

TEST_P(RepositoryContract, SavingTwiceAddsNothing) {
  EXPECT_THAT(insert(tags_named(0, 3)).inserted, ElementsAre(0U, 1U, 2U));
  EXPECT_THAT(insert(tags_named(0, 3)).inserted, IsEmpty());
  EXPECT_EQ(count(), "3");
}

TEST_P(RepositoryContract, ReturnsExactlyTheNewOnes) {
  insert(tags_named(2, 4));
  EXPECT_THAT(insert(tags_named(0, 6)).inserted, ElementsAre(0U, 1U, 4U, 5U));
}

TEST_P(RepositoryContract, LeavesAStoredRowAsItWas) {
  Tag tag = test::a_tag("cmd-1");
  insert({tag});
  tag.confidence = 1.0;
  tag.evidence = Json::object({{"newer", true}});
  EXPECT_THAT(insert({tag}).inserted, IsEmpty());
  EXPECT_EQ(store_->value("SELECT confidence, evidence FROM ttp_tag"),
            "0.8|{\"command_text\":\"ls -la\"}");
}

TEST_P(RepositoryContract, ARepeatInOneCallCountsOnceAndTheFirstIsKept) {
  Tag second = test::a_tag("cmd-1");
  second.confidence = 0.9;
  EXPECT_THAT(insert({test::a_tag("cmd-1"), second, test::a_tag("cmd-2")}).inserted,
              ElementsAre(0U, 2U));
  EXPECT_EQ(store_->value("SELECT confidence FROM ttp_tag WHERE source_id = 'cmd-1'"), "0.8");
}

struct Floor {
  std::string name;
  double confidence;
  bool kept;
};
class ConfidenceFloor : public testing::TestWithParam<Floor> {};
INSTANTIATE_TEST_SUITE_P(Table, ConfidenceFloor,
                         testing::ValuesIn(std::vector<Floor>{
                             {"Exactly", 0.3, true},
                             {"HalfOfPointSix", 0.6 * 50 / 100, true},
                             {"FortyTwoPercentOfPointSeven", 0.7 * 42 / 100, false},
                             {"FortyThreePercentOfPointSeven", 0.7 * 43 / 100, true},
                             {"HalfOfPointSeven", 0.7 * 0.5, true},
                             {"PointThreeOfPointEightyFive", 0.85 * 0.3, false},
                             {"JustBelow", std::nextafter(0.3, 0.0), false},
                             {"Nothing", 0.0, false},
                             {"Certain", 1.0, true},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST_P(ConfidenceFloor, KeepsWhatIsNotBelowIt) {
  const auto store = test::backends().front().make();
  const auto database = store->open().value();
  Tag tag = test::a_tag("cmd-1");
  tag.confidence = GetParam().confidence;
  const auto outcome = database->repository().insert_tags(std::vector{tag}).value();
  EXPECT_EQ(outcome.inserted.size(), GetParam().kept ? 1U : 0U);
  EXPECT_THAT(outcome.refused, IsEmpty());
}

// With nothing to store, a locked database does not matter.
TEST_P(RepositoryContract, NothingToStoreDoesNotTouchTheDatabase) {
  store_->execute("BEGIN IMMEDIATE");
  Tag weak = test::a_tag("cmd-1");
  weak.confidence = 0.1;
  EXPECT_THAT(insert({}).inserted, IsEmpty());
  EXPECT_THAT(insert({weak}).inserted, IsEmpty());
  store_->execute("ROLLBACK");
}

struct BadRow {
  std::string name;
  void (*spoil)(Tag&);
  std::string reason;
};
class RowValidation : public testing::TestWithParam<BadRow> {};
INSTANTIATE_TEST_SUITE_P(
    Table, RowValidation,
    testing::ValuesIn(std::vector<BadRow>{
        {"NoAnchor", [](Tag& tag) { tag.attacker_uuid.reset(); },
         "neither attacker_uuid nor identity_uuid"},
        {"AboveOne", [](Tag& tag) { tag.confidence = 1.5; }, "confidence 1.5"},
        {"BelowZero", [](Tag& tag) { tag.confidence = -0.5; }, "confidence -0.5"},
        {"NotANumber", [](Tag& tag) { tag.confidence = std::numeric_limits<double>::quiet_NaN(); },
         "nan"},
        {"Infinite", [](Tag& tag) { tag.confidence = std::numeric_limits<double>::infinity(); },
         "inf"},
        {"EvidenceNull", [](Tag& tag) { tag.evidence = Json(); }, "evidence"},
        {"EvidenceList", [](Tag& tag) { tag.evidence = Json::array({1}); }, "evidence"},
        {"NoUuid", [](Tag& tag) { tag.uuid.clear(); }, "uuid"},
        {"TooLong", [](Tag& tag) { tag.source_id.assign(kMaxRowBytes, 'x'); }, "bytes"},
    }),
    [](const auto& row) { return row.param.name; });

TEST_P(RowValidation, ABadRowCostsItself) {
  const auto store = test::backends().front().make();
  const auto database = store->open().value();
  std::vector<Tag> tags = tags_named(0, 3);
  GetParam().spoil(tags[1]);
  const auto outcome = database->repository().insert_tags(tags).value();
  EXPECT_THAT(outcome.inserted, ElementsAre(0U, 2U));
  ASSERT_THAT(outcome.refused, SizeIs(1));
  EXPECT_EQ(outcome.refused[0].index, 1U);
  EXPECT_THAT(outcome.refused[0].reason, HasSubstr(GetParam().reason));
  EXPECT_EQ(store->value("SELECT count(*) FROM ttp_tag"), "2");
}

TEST_P(RepositoryContract, AnIdentityAloneIsAnAnchor) {
  Tag tag = test::a_tag("cmd-1");
  tag.attacker_uuid.reset();
  tag.identity_uuid = "i-1";
  EXPECT_THAT(insert({tag}).inserted, ElementsAre(0U));
}

// The framework enforces no references; an attacker may be deleted before its trigger is replayed.
TEST_P(RepositoryContract, StoresATagWhoseAttackerIsGone) {
  Tag tag = test::a_tag("cmd-1");
  tag.attacker_uuid = "nobody";
  tag.identity_uuid = "nobody either";
  EXPECT_THAT(insert({tag}).inserted, ElementsAre(0U));
}

TEST_P(RepositoryContract, KeepsHostileTextAsItIs) {
  Tag tag = test::a_tag("x'); DROP TABLE ttp_tag; --");
  Tag with_nul = test::a_tag(std::string("a\0b", 3));
  Tag not_utf8 = test::a_tag("caf\xE9");
  EXPECT_THAT(insert({tag, with_nul, not_utf8}).inserted, SizeIs(3));
  EXPECT_THAT(insert({tag, with_nul, not_utf8}).inserted, IsEmpty());
  EXPECT_THAT(
      store_->rows("SELECT source_id FROM ttp_tag ORDER BY rowid"),
      ElementsAre("x'); DROP TABLE ttp_tag; --", std::string("a\0b", 3), "caf\xEF\xBF\xBD"));
}

TEST_P(RepositoryContract, TakesAnyNumberInOneCall) {
  EXPECT_THAT(insert(tags_named(0, 5000)).inserted, SizeIs(5000));
  EXPECT_EQ(count(), "5000");
  EXPECT_THAT(insert(tags_named(0, 5001)).inserted, ElementsAre(5000U));
}

TEST_P(RepositoryContract, TwoInstancesShareADatabase) {
  const auto other = open();
  EXPECT_THAT(other->repository().insert_tags(tags_named(0, 2))->inserted, SizeIs(2));
  EXPECT_THAT(insert(tags_named(0, 3)).inserted, ElementsAre(2U));
  EXPECT_THAT(other->repository().insert_tags(tags_named(2, 4))->inserted, ElementsAre(1U));
}

// Writers side by side: every tag is stored once and reported as new by exactly one of them.
TEST_P(RepositoryContract, WritersAtOnceShareTheWork) {
  constexpr std::size_t kWriters = 3;
  std::array<std::vector<std::size_t>, kWriters> fresh;
  std::array<std::string, kWriters> problems;
  std::vector<std::thread> writers;
  for (std::size_t writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const auto database = store_->open();
      for (std::size_t batch = 0; database && batch < 40; ++batch) {
        const auto outcome =
            (*database)->repository().insert_tags(tags_named(batch * 10, batch * 10 + 25));
        if (!outcome) {
          problems[writer] = outcome.error().message;
          return;
        }
        for (const std::size_t index : outcome->inserted) {
          fresh[writer].push_back(batch * 10 + index);
        }
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_THAT(problems, testing::Each(""));
  std::vector<std::size_t> all;
  for (const auto& some : fresh) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  std::vector<std::size_t> expected(415);
  std::iota(expected.begin(), expected.end(), std::size_t{0});
  EXPECT_EQ(all, expected);
  EXPECT_EQ(count(), "415");
}

TEST_P(RepositoryContract, AGroupIsKeptOrDroppedAsAWhole) {
  {
    const auto group = database_->begin().value();
    EXPECT_THAT(insert(tags_named(0, 2)).inserted, SizeIs(2));
    EXPECT_THAT(insert(tags_named(1, 4)).inserted, ElementsAre(1U, 2U));
  }
  EXPECT_EQ(count(), "0");
  const auto group = database_->begin().value();
  EXPECT_THAT(insert(tags_named(0, 2)).inserted, SizeIs(2));
  EXPECT_THAT(insert(tags_named(1, 4)).inserted, ElementsAre(1U, 2U));
  EXPECT_EQ(count(), "0");  // nobody else sees it yet
  ASSERT_TRUE(group->commit());
  EXPECT_EQ(count(), "4");
}

// A violation that no check of ours foresees: all or nothing.
TEST_P(RepositoryContract, AnUnforeseenRefusalFailsTheCallAndStoresNothing) {
  store_->execute(
      "CREATE TRIGGER no_seven BEFORE INSERT ON ttp_tag WHEN new.source_id = 'cmd-7' "
      "BEGIN SELECT RAISE(ABORT, 'seven is not welcome'); END");
  const auto outcome = database_->repository().insert_tags(tags_named(0, 10));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kInternal);
  EXPECT_THAT(outcome.error().message, HasSubstr("seven is not welcome"));
  EXPECT_EQ(count(), "0");
  // Nor does it spoil what comes next, within a group or without.
  const auto group = database_->begin().value();
  EXPECT_THAT(insert(tags_named(0, 3)).inserted, SizeIs(3));
  EXPECT_FALSE(database_->repository().insert_tags(tags_named(5, 10)));
  ASSERT_TRUE(group->commit());
  EXPECT_EQ(count(), "3");
}

// Whatever way tags are cut into batches, and whatever repeats, the table is the same, and every
// tag is reported as new exactly once.
TEST_P(RepositoryContract, AnySplitGivesTheSameTable) {
  EXPECT_TRUE(rc::check([this] {
    store_->execute("DELETE FROM ttp_tag");
    const auto ids = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30));
    std::set<std::string> uuids;
    std::vector<std::string> reported;
    for (auto next = ids.begin(); next != ids.end();) {
      const auto size = *rc::gen::inRange<std::ptrdiff_t>(1, 1 + (ids.end() - next));
      std::vector<Tag> batch;
      for (auto each = next; each != next + size; ++each) {
        batch.push_back(test::a_tag(std::to_string(*each)));
        uuids.insert(batch.back().uuid);
      }
      const auto outcome = database_->repository().insert_tags(batch).value();
      RC_ASSERT(std::is_sorted(outcome.inserted.begin(), outcome.inserted.end()));
      for (const std::size_t index : outcome.inserted) reported.push_back(batch[index].uuid);
      next += size;
    }
    std::sort(reported.begin(), reported.end());
    RC_ASSERT(reported == std::vector<std::string>(uuids.begin(), uuids.end()));
    RC_ASSERT(store_->rows("SELECT uuid FROM ttp_tag ORDER BY uuid") == reported);
  }));
}

}  // namespace
}  // namespace decnet::storage
