#include "decnet/worker/retention.h"

#include <gtest/gtest.h>

#include <vector>

#include "decnet/storage/database.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::worker {
namespace {

class SetClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return time; }
  UtcTime time = *parse_time("2026-03-04T12:00:00Z");
};

class RetentionTest : public testing::Test {
 protected:
  void add(std::size_t count) {
    std::vector<storage::SeenCommand> commands(
        count, {"a-1", "d", "id", *parse_time("2020-01-01T00:00:00Z"), ""});
    for (auto& command : commands) command.source_id = std::to_string(added_++);
    ASSERT_TRUE(database_->ledger().seen().add(commands));
  }
  std::int64_t left() const {
    return test::SqliteFile(path_).number("SELECT count(*) FROM decnet_seen");
  }

  test::TempDir directory_{true};
  std::filesystem::path path_ = directory_.path() / "decnet.db";
  SetClock clock_;
  std::unique_ptr<storage::Database> database_ =
      storage::open_sqlite(path_, storage::OpenMode::kCreate, clock_).value();
  Retention retention_{database_->ledger().seen(), clock_};
  int added_ = 0;
};

TEST_F(RetentionTest, ForgetsWhatIsTooOldEveryHour) {
  add(3);
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), 3);
  clock_.time += Retention::kTime + std::chrono::microseconds(1);
  add(1);
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), 1);
  // Not before an hour has passed: the next three are as old, but it is too early to look.
  test::SqliteFile(path_).run("UPDATE decnet_seen SET seen_at = '2020-01-01 00:00:00.000000'");
  clock_.time += Retention::kInterval - std::chrono::microseconds(1);
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), 1);
  clock_.time += std::chrono::microseconds(1);
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), 0);
}

TEST_F(RetentionTest, GoesOnAtEveryTickWhileSomethingIsLeft) {
  {
    const auto together = database_->begin().value();
    add(2 * Retention::kPortion + 1);
    ASSERT_TRUE(together->commit());
  }
  clock_.time += Retention::kTime + std::chrono::hours(1);
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), static_cast<std::int64_t>(Retention::kPortion + 1));
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), 1);
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), 0);
}

TEST_F(RetentionTest, SurvivesAClockThatIsSetBack) {
  ASSERT_TRUE(retention_.tick());
  add(1);
  clock_.time -= std::chrono::years(10);
  test::SqliteFile(path_).run("UPDATE decnet_seen SET seen_at = '2000-01-01 00:00:00.000000'");
  ASSERT_TRUE(retention_.tick());
  EXPECT_EQ(left(), 0);
}

}  // namespace
}  // namespace decnet::worker
