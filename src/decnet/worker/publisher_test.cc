#include "decnet/worker/publisher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "decnet/bus/memory/memory_bus.h"
#include "decnet/storage/database.h"
#include "tests/test_main.h"

namespace decnet::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The outbox of a database that for a while lets nothing be struck out, as when another program
// keeps it locked.
class ReluctantOutbox final : public storage::Outbox {
 public:
  ReluctantOutbox(storage::Outbox& outbox, int refusals) : outbox_(outbox), refusals_(refusals) {}
  [[nodiscard]] bool kept() const override { return outbox_.kept(); }
  Result<std::vector<storage::OutboxMessage>> outbox(std::size_t max) override {
    return outbox_.outbox(max);
  }
  Result<void> outbox_done(std::span<const std::int64_t> sequences) override {
    if (refusals_ > 0) {
      --refusals_;
      return fail(ErrorCode::kUnavailable, "decnet.db: database is locked");
    }
    return outbox_.outbox_done(sequences);
  }
  Result<std::uint64_t> outbox_depth() override { return outbox_.outbox_depth(); }

 private:
  storage::Outbox& outbox_;
  int refusals_;
};

class PublisherThreads : public testing::Test {
 protected:
  void SetUp() override {
    storage::Commit commit;
    Tag tag;
    tag.uuid = "00000000-0000-5000-8000-000000000001";
    tag.source_kind = "command";
    tag.source_id = "s-1#0";
    tag.identity_uuid = "i-1";
    tag.tactic = TacticId("TA0007");
    tag.technique_id = TechniqueId("T1083");
    tag.confidence = 0.8;
    tag.rule_id = RuleId("R1");
    tag.rule_version = 1;
    tag.evidence = Json::object({});
    tag.created_at = system_clock().now();
    commit.tags = {{tag}};
    commit.announce = [](std::span<const Tag* const>) {
      std::vector<storage::OutboxMessage> messages;
      for (int i = 0; i < 3; ++i) {
        messages.push_back({0, fmt::format("m-{}", i), "ttp.tagged", "tagged",
                            Json::object({{"n", i}}), system_clock().now()});
      }
      return messages;
    };
    const auto committed = database_->ledger().commit(commit);
    ASSERT_TRUE(committed) << committed.error().message;
    ASSERT_EQ(committed->inserted, 1U);
  }

  const test::TempDir directory_{true};
  std::unique_ptr<storage::Database> database_ =
      storage::open_sqlite(directory_.path() / "decnet.db", storage::OpenMode::kCreate).value();
  std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
  const std::vector<std::string> patterns_ = {"ttp.>"};
  std::unique_ptr<bus::Subscription> heard_ = bus_->subscribe(patterns_, "").value();
  PublisherCounters counters_;
};

TEST_F(PublisherThreads, SaysOnceWhatItCannotStrikeOutYet) {
  ReluctantOutbox outbox(database_->ledger(), 2);
  Publisher publisher(*bus_, outbox, counters_);
  std::thread publishing([&] { publisher.run(); });
  std::vector<std::string> ids;
  while (ids.size() < 3) {
    const auto deliveries = heard_->next(10, seconds{60});
    if (deliveries.empty()) break;
    for (const auto& delivery : deliveries) ids.push_back(delivery.envelope.id);
  }
  publisher.finish(seconds{60});  // returns when the outbox is empty
  publishing.join();
  EXPECT_EQ(ids, (std::vector<std::string>{"m-0", "m-1", "m-2"}));
  EXPECT_TRUE(heard_->next(10, milliseconds{0}).empty()) << "said again";
  EXPECT_EQ(counters_.published, 3U);
  EXPECT_EQ(database_->ledger().outbox_depth().value(), 0U);
}

}  // namespace
}  // namespace decnet::worker
