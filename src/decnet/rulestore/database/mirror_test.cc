#include "decnet/rulestore/database/mirror.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/rulestore/open.h"
#include "decnet/rulestore/test_store.h"
#include "tests/test_main.h"

namespace decnet::rulestore {
namespace {

using test::becomes;
using test::document;
using test::texts_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Mirror : public testing::Test {
 protected:
  std::unique_ptr<storage::Database> open() {
    return storage::open_sqlite(place_.path() / "test.db", storage::OpenMode::kCreate).value();
  }
  void put(const std::string& id, std::string_view text) {
    place_.write(fmt::format("rules/{}.yaml", id), text);
  }
  // A store as a command opens it, that knows of nothing before.
  Contents fresh() {
    return open_directory(place_.path() / "rules", place_.path() / "states")->load().value();
  }
  Mirrored sync(const Contents& directory, std::string_view by = kMirrorName) {
    auto done = mirror(directory, *database_, by, clock_);
    if (!done) ADD_FAILURE() << done.error().message;
    return done ? *std::move(done) : Mirrored();
  }
  std::vector<storage::RuleRow> all() { return database_->rule_rows().rules().value().rows; }
  storage::RuleRow row(const std::string& id) {
    for (const auto& row : all()) {
      if (row.rule_id == id) return row;
    }
    return {};
  }
  std::vector<std::string> rows() {
    std::vector<std::string> ids;
    for (const auto& row : all()) ids.push_back(row.rule_id);
    return ids;
  }

  decnet::test::TempDir place_{true};
  test::SetClock clock_{*parse_time("2026-03-04 10:00:00")};
  std::unique_ptr<storage::Database> database_ = open();
};

TEST_F(Mirror, WritesWholeDocumentsAsTheFrameworkDoes) {
  const std::string text = "# why\n" + document("R1", 3, "reads accounts");
  place_.write("rules/named_otherwise.yml", text);
  EXPECT_THAT(texts_of(sync(fresh()).put), ElementsAre("R1"));
  EXPECT_EQ(row("R1"),
            (storage::RuleRow{"R1", 3, "./rules/ttp/R1.yaml", text, clock_.now(), "filesystem"}));
  const auto store = open_database(open());
  const Contents contents = store->load().value();
  EXPECT_EQ(contents.definitions.at(0)->description, "reads accounts");
}

TEST_F(Mirror, WritesOnlyWhatChanged) {
  put("R1", document("R1"));
  put("R2", document("R2"));
  sync(fresh());
  const auto mark = database_->rule_rows().mark().value();
  const UtcTime before = clock_.now();
  clock_.advance(std::chrono::hours(1));
  EXPECT_THAT(sync(fresh()).put, IsEmpty());
  EXPECT_EQ(database_->rule_rows().mark().value(), mark);
  put("R2", document("R2") + "# looked at\n");
  EXPECT_THAT(texts_of(sync(fresh(), "alice").put), ElementsAre("R2"));
  EXPECT_EQ(row("R1").updated_at, before);
  EXPECT_EQ(row("R2").updated_at, clock_.now());
  EXPECT_EQ(row("R2").updated_by, "alice");
}

TEST_F(Mirror, RemovesWhatIsGoneUnlessSomebodyElseWroteIt) {
  put("R1", document("R1"));
  put("R2", document("R2"));
  sync(fresh());
  put("R3", document("R3"));
  sync(fresh(), "alice");
  auto& rows_there = database_->rule_rows();
  ASSERT_TRUE(
      rows_there.put_rule({"R9", 1, "console", document("R9"), clock_.now(), "an administrator"}));
  std::filesystem::remove(place_.path() / "rules/R1.yaml");
  std::filesystem::remove(place_.path() / "rules/R3.yaml");
  EXPECT_THAT(texts_of(sync(fresh()).removed), ElementsAre("R1"));
  EXPECT_THAT(rows(), ElementsAre("R2", "R3", "R9"));
  std::filesystem::remove(place_.path() / "rules/R2.yaml");
  EXPECT_THAT(texts_of(sync(fresh(), "alice").removed), ElementsAre("R2", "R3"));
  EXPECT_THAT(rows(), ElementsAre("R9"));
}

// Who reads rules there sees by the rows alone only what was good.
TEST_F(Mirror, WhatIsBrokenIsNotedBesideTheRows) {
  put("R1", document("R1"));
  sync(fresh());
  EXPECT_THAT(database_->rule_problems().all().value(), IsEmpty());
  put("R1", "rule_id: [");
  const UtcTime broken = clock_.now();
  sync(fresh());
  clock_.advance(std::chrono::hours(1));
  put("R2", document("R2"));
  sync(fresh());
  const auto noted = database_->rule_problems().all().value();
  ASSERT_THAT(noted, SizeIs(1));
  EXPECT_EQ(noted[0].path, (place_.path() / "rules/R1.yaml").string());
  EXPECT_EQ(noted[0].line, 1);
  EXPECT_THAT(noted[0].message, testing::HasSubstr("not YAML"));
  EXPECT_EQ(noted[0].since, broken);
  put("R1", document("R1"));
  sync(fresh());
  EXPECT_THAT(database_->rule_problems().all().value(), IsEmpty());
}

// It is not known which rule a broken file is: none goes until all load.
TEST_F(Mirror, ABrokenFileDoesNotLoseItsRow) {
  put("R1", document("R1"));
  put("R2", document("R2"));
  sync(fresh());
  put("R1", "rule_id: [");
  std::filesystem::remove(place_.path() / "rules/R2.yaml");
  put("R3", document("R3"));
  const Mirrored done = sync(fresh());
  EXPECT_THAT(texts_of(done.put), ElementsAre("R3"));
  EXPECT_THAT(done.removed, IsEmpty());
  EXPECT_THAT(texts_of(done.withheld), ElementsAre("R1", "R2"));
  EXPECT_THAT(rows(), ElementsAre("R1", "R2", "R3"));
  put("R1", document("R1", 2));
  EXPECT_THAT(texts_of(sync(fresh()).removed), ElementsAre("R2"));
  EXPECT_EQ(row("R1").rule_version, 2);
}

// Who watched the file knows which rule it is.
TEST_F(Mirror, TheLastGoodVersionOfABrokenFileStays) {
  put("R1", document("R1"));
  put("R2", document("R2"));
  const auto store = open_directory(place_.path() / "rules", place_.path() / "states");
  sync(store->load().value());
  put("R1", "rule_id: [");
  std::filesystem::remove(place_.path() / "rules/R2.yaml");
  Contents contents;
  ASSERT_TRUE(becomes(*store, contents, [](const Contents& now) {
    return now.problems.size() == 1 && now.definitions.size() == 1;
  }));
  EXPECT_THAT(texts_of(sync(contents).removed), ElementsAre("R2"));
  EXPECT_EQ(row("R1").yaml_content, document("R1"));
}

// A command in the wrong directory must not empty the database.
TEST_F(Mirror, AnAbsentDirectoryRemovesNothing) {
  put("R1", document("R1"));
  sync(fresh());
  std::filesystem::remove_all(place_.path() / "rules");
  EXPECT_THAT(texts_of(sync(fresh()).withheld), ElementsAre("R1"));
  EXPECT_THAT(rows(), ElementsAre("R1"));
  std::filesystem::create_directory(place_.path() / "rules");
  EXPECT_THAT(texts_of(sync(fresh()).removed), ElementsAre("R1"));
}

TEST_F(Mirror, RepairsRowsAndLeavesStatesAlone) {
  put("R1", document("R1"));
  sync(fresh());
  const auto store = open_database(open(), clock_);
  ASSERT_TRUE(store->set_state(RuleId("R1"), {.kind = rules::State::Kind::kDisabled}));
  storage::RuleRow edited = row("R1");
  edited.yaml_content = "edited";
  edited.updated_by = "an administrator";
  ASSERT_TRUE(database_->rule_rows().put_rule(edited));
  EXPECT_THAT(texts_of(sync(fresh()).put), ElementsAre("R1"));
  EXPECT_EQ(row("R1").yaml_content, document("R1"));
  std::filesystem::remove(place_.path() / "rules/R1.yaml");
  sync(fresh());
  EXPECT_THAT(store->load().value().states, SizeIs(1));
}

TEST_F(Mirror, AllOfItOrNothing) {
  put("R1", document("R1"));
  sync(fresh());
  put("R1", document("R1", 2));
  put("R2", document("R2"));
  const auto other = open();
  database_->set_patience(std::chrono::milliseconds(1));
  {
    const auto holder = other->begin().value();
    const auto done = mirror(fresh(), *database_, kMirrorName, clock_);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(row("R1").rule_version, 1);
  EXPECT_THAT(texts_of(sync(fresh()).put), ElementsAre("R1", "R2"));
}

// A worker on the database follows what the mirror writes.
TEST_F(Mirror, IsFollowedByTheDatabaseStore) {
  const auto store = open_database(open(), clock_);
  Contents contents = store->load().value();
  put("R1", document("R1"));
  put("R2", document("R2"));
  sync(fresh());
  ASSERT_TRUE(becomes(*store, contents, [](const Contents& now) {
    return test::rules_of(now) == std::vector<std::string>{"R1.1", "R2.1"};
  }));
  std::filesystem::remove(place_.path() / "rules/R1.yaml");
  put("R2", document("R2", 2));
  sync(fresh());
  EXPECT_TRUE(becomes(*store, contents, [](const Contents& now) {
    return test::rules_of(now) == std::vector<std::string>{"R2.2"};
  }));
}

}  // namespace
}  // namespace decnet::rulestore
