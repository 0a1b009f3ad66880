// A directory that is edited while it is mirrored, and a database that does not always answer.
#include "decnet/rulestore/database/mirroring.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "decnet/base/log.h"
#include "decnet/rulestore/open.h"
#include "decnet/rulestore/test_store.h"
#include "tests/test_main.h"

namespace decnet::rulestore {
namespace {

using test::document;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MirroringTest : public testing::Test {
 protected:
  std::unique_ptr<storage::Database> open() {
    auto database =
        storage::open_sqlite(place_.path() / "test.db", storage::OpenMode::kCreate).value();
    database->set_patience(std::chrono::milliseconds{50});
    return database;
  }
  void put(const std::string& id, std::string_view text) {
    place_.write(fmt::format("rules/{}.yaml", id), text);
  }
  // "R1.2" for each row, once they are so.
  testing::AssertionResult come_to(const std::vector<std::string>& rules) {
    Contents contents;
    return test::becomes(*reader_, contents,
                         [&](const Contents& now) { return test::rules_of(now) == rules; });
  }
  testing::AssertionResult eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return testing::AssertionFailure();
      std::this_thread::yield();
    }
    return testing::AssertionSuccess();
  }

  decnet::test::TempDir place_{true};
  std::unique_ptr<storage::Database> database_ = open();
  std::unique_ptr<RuleStore> reader_ = open_database(open());
  Mirroring mirroring_{open_directory(place_.path() / "rules", place_.path() / "states"), open()};
};

TEST_F(MirroringTest, FollowsTheDirectory) {
  put("R1", document("R1"));
  ASSERT_TRUE(mirroring_.mirror_once());
  EXPECT_TRUE(come_to({"R1.1"}));
  std::thread thread([this] { mirroring_.run(); });
  put("R2", document("R2"));
  EXPECT_TRUE(come_to({"R1.1", "R2.1"}));
  put("R1", document("R1", 2));
  EXPECT_TRUE(come_to({"R1.2", "R2.1"}));
  std::filesystem::remove(place_.path() / "rules/R1.yaml");
  EXPECT_TRUE(come_to({"R2.1"}));
  mirroring_.stop();
  thread.join();
}

TEST_F(MirroringTest, ABrokenFileKeepsItsRowAndIsToldOnce) {
  const log::Capture capture;
  put("R1", document("R1"));
  ASSERT_TRUE(mirroring_.mirror_once());
  EXPECT_THAT(mirroring_.status().broken.texts, IsEmpty());
  std::thread thread([this] { mirroring_.run(); });
  put("R1", "rule_id: [\n");
  ASSERT_TRUE(eventually([this] { return mirroring_.status().broken.count == 1; }));
  put("R2", document("R2"));
  EXPECT_TRUE(come_to({"R1.1", "R2.1"}));
  mirroring_.stop();
  thread.join();
  EXPECT_THAT(mirroring_.status().broken.texts, ElementsAre(HasSubstr("rules/R1.yaml:")));
  int told = 0;
  for (const auto& record : capture.records()) {
    told += record.message.find("rules/R1.yaml:") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(told, 1);
}

TEST_F(MirroringTest, ADatabaseThatIsLockedIsTriedAgain) {
  const log::Capture capture;
  put("R1", document("R1"));
  auto lock = database_->begin().value();
  EXPECT_FALSE(mirroring_.mirror_once());
  EXPECT_THAT(mirroring_.status().failure, HasSubstr("test.db"));
  std::thread thread([this] { mirroring_.run(); });
  lock.reset();
  EXPECT_TRUE(come_to({"R1.1"}));
  EXPECT_TRUE(eventually([this] { return mirroring_.status().failure.empty(); }));
  mirroring_.stop();
  thread.join();
}

TEST_F(MirroringTest, ADirectoryThatIsAbsentTakesNothingAway) {
  put("R1", document("R1"));
  ASSERT_TRUE(mirroring_.mirror_once());
  std::filesystem::rename(place_.path() / "rules", place_.path() / "elsewhere");
  ASSERT_TRUE(mirroring_.mirror_once());
  EXPECT_TRUE(come_to({"R1.1"}));
}

TEST_F(MirroringTest, EndsWhenToldBeforeItBegins) {
  mirroring_.stop();
  mirroring_.run();
}

}  // namespace
}  // namespace decnet::rulestore
