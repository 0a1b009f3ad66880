#include "decnet/pipeline/tag_writer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::pipeline {
namespace {

using testing::HasSubstr;

Tag tag(std::size_t number) {
  Tag tag;
  tag.source_kind = "command";
  tag.source_id = fmt::format("c-{}", number);
  tag.uuid = tag_uuid({tag.source_kind, tag.source_id, "E0001", 1, "T1059", ""});
  tag.attacker_uuid = "a-1";
  tag.tactic = TacticId("TA0002");
  tag.technique_id = TechniqueId("T1059");
  tag.confidence = 0.9;
  tag.rule_id = RuleId("E0001");
  tag.rule_version = 1;
  tag.attack_release = "v19";
  return tag;
}

class TagWriterThreads : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(storage::init_sqlite(path_));
    database_ = storage::open_sqlite(path_, storage::OpenMode::kExisting).value();
  }
  std::vector<std::string> stored() const {
    std::vector<std::string> ids;
    for (const auto& row :
         test::SqliteFile(path_).rows("SELECT source_id FROM ttp_tag ORDER BY rowid")) {
      ids.push_back(row.front());
    }
    return ids;
  }

  test::TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "decnet.db";
  std::unique_ptr<storage::Database> database_;
};

TEST_F(TagWriterThreads, StoresBatchesInTheirOrder) {
  EXPECT_TRUE(rc::check([&](std::vector<std::uint8_t> sizes) {
    test::SqliteFile(path_).run("DELETE FROM ttp_tag");
    std::vector<std::string> expected;
    TagWriter writer(*database_);
    for (const std::size_t any : sizes) {
      const std::size_t size = any % 16;
      std::vector<Tag> batch;
      for (std::size_t i = 0; i < size; ++i) {
        batch.push_back(tag(expected.size()));
        expected.push_back(batch.back().source_id);
      }
      RC_ASSERT(writer.write(std::move(batch)).has_value());
    }
    RC_ASSERT(writer.finish().has_value());
    RC_ASSERT(writer.inserted() == expected.size());
    RC_ASSERT(stored() == expected);
  }));
}

TEST_F(TagWriterThreads, ABatchMayBeLargerThanWhatIsOnTheWay) {
  TagWriter writer(*database_);
  for (std::size_t round = 0; round < 2; ++round) {
    std::vector<Tag> batch;
    for (std::size_t i = 0; i < TagWriter::kMaxTagsOnTheWay + 1; ++i) batch.push_back(tag(i));
    ASSERT_TRUE(writer.write(std::move(batch)));
  }
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(writer.inserted(), TagWriter::kMaxTagsOnTheWay + 1);
}

TEST_F(TagWriterThreads, CountsWhatMayNotBeStored) {
  TagWriter writer(*database_);
  std::vector<Tag> batch = {tag(1), tag(2), tag(3)};
  batch[1].attacker_uuid.reset();
  ASSERT_TRUE(writer.write(std::move(batch)));
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(writer.inserted(), 2U);
  EXPECT_EQ(writer.refused(), 1U);
}

TEST_F(TagWriterThreads, WithoutFinishEverythingIsStoredToo) {
  { ASSERT_TRUE(TagWriter(*database_).write({tag(1), tag(2)})); }
  EXPECT_EQ(stored().size(), 2U);
}

TEST_F(TagWriterThreads, SaysAnErrorAtTheNextCallAndStoresNothingMore) {
  test::SqliteFile(path_).run(
      "CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag WHEN new.source_id = 'c-5'"
      " BEGIN SELECT RAISE(ABORT, 'not this one'); END");
  TagWriter writer(*database_);
  Result<void> written;
  for (std::size_t i = 0; i < 100'000 && written; ++i) written = writer.write({tag(i)});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("not this one"));
  const auto finished = writer.finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().message, HasSubstr("not this one"));
  // Whole transactions, so all before the bad one or fewer, and what is counted is there.
  EXPECT_LE(stored().size(), 5U);
  EXPECT_EQ(writer.inserted(), stored().size());
}

}  // namespace
}  // namespace decnet::pipeline
