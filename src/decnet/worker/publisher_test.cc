// The publisher on a real outbox and the memory bus: what is to be published at least once, and
// what is tried once.
#include "decnet/worker/publisher.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <utility>

#include "decnet/base/log.h"
#include "decnet/bus/memory/memory_bus.h"
#include "decnet/storage/database.h"
#include "decnet/storage/test_backend.h"
#include "tests/test_main.h"

namespace decnet::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

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
  Result<void> put(std::span<const storage::OutboxMessage> messages) override {
    return outbox_.put(messages);
  }
  Result<std::uint64_t> outbox_depth() override { return outbox_.outbox_depth(); }

 private:
  storage::Outbox& outbox_;
  int refusals_;
};

// The memory bus, and what happens while it takes a message: as a server that is slow to answer.
class BusyBus final : public bus::Bus {
 public:
  BusyBus(bus::Bus& bus, std::function<void()> meanwhile)
      : bus_(bus), meanwhile_(std::move(meanwhile)) {}
  Result<std::unique_ptr<bus::Subscription>> subscribe(std::span<const std::string> patterns,
                                                       std::string_view durable_name) override {
    return bus_.subscribe(patterns, durable_name);
  }
  Result<void> publish(const bus::Envelope& envelope) override {
    meanwhile_();
    return bus_.publish(envelope);
  }
  [[nodiscard]] bus::State state() const override { return bus_.state(); }
  [[nodiscard]] bool durable() const override { return bus_.durable(); }
  [[nodiscard]] bool hears_itself() const override { return bus_.hears_itself(); }
  void close() override { bus_.close(); }

 private:
  bus::Bus& bus_;
  const std::function<void()> meanwhile_;
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

  const decnet::test::TempDir directory_{true};
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

const UtcTime kNow = *parse_time("2026-03-04T10:06:00Z");

storage::OutboxMessage message(const std::string& id) {
  return {0, id, "ttp.rule.reloaded." + id, "", Json::object({{"rule_id", id}}), kNow};
}

class PublisherTest : public testing::TestWithParam<storage::test::Backend> {
 protected:
  void publish_all() {
    std::thread thread([this] { publisher_.run(); });
    publisher_.finish(seconds(20));
    thread.join();
  }
  // Message ids, in the order they came.
  std::vector<std::string> heard() {
    std::vector<std::string> ids;
    for (const auto& delivery : subscription_->next(100, milliseconds{0})) {
      ids.push_back(delivery.envelope.id);
    }
    return ids;
  }
  std::uint64_t depth() { return store_->open().value()->ledger().outbox_depth().value(); }

  std::unique_ptr<storage::test::TestDatabase> store_ = GetParam().make();
  std::unique_ptr<storage::Database> database_ = store_->open().value();
  std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
  const std::vector<std::string> patterns_ = {"ttp.>"};
  std::unique_ptr<bus::Subscription> subscription_ = bus_->subscribe(patterns_, "").value();
  PublisherCounters counters_;
  Publisher publisher_{*bus_, database_->ledger(), counters_};
};

INSTANTIATE_TEST_SUITE_P(Backends, PublisherTest, testing::ValuesIn(storage::test::backends()),
                         storage::test::backend_name);

TEST_P(PublisherTest, PublishesWhatItIsToKeepInOrder) {
  publisher_.keep({message("a"), message("b")});
  publisher_.keep({message("c")});
  publish_all();
  EXPECT_THAT(heard(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(counters_.published, 3U);
  EXPECT_EQ(counters_.lost, 0U);
  if (GetParam().has_own_tables) {
    EXPECT_EQ(depth(), 0U);
  }
}

class KeepingPublisherTest : public PublisherTest {};

INSTANTIATE_TEST_SUITE_P(Backends, KeepingPublisherTest,
                         testing::ValuesIn(storage::test::keeping_backends()),
                         storage::test::backend_name);

TEST_P(KeepingPublisherTest, KeepsWhatTheBusDoesNotTake) {
  bus_->close();
  publisher_.keep({message("a"), message("b")});
  std::thread thread([this] { publisher_.run(); });
  const auto end = std::chrono::steady_clock::now() + seconds(20);
  while (depth() < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  publisher_.finish(milliseconds(0));
  thread.join();
  EXPECT_EQ(depth(), 2U) << "the next one publishes them";
  EXPECT_EQ(counters_.lost, 0U);
}

TEST_P(KeepingPublisherTest, WaitsForADatabaseThatIsLocked) {
  const log::Capture log;
  database_->set_patience(milliseconds(10));
  const auto other = store_->open().value();
  auto lock = other->begin().value();
  publisher_.keep({message("a")});
  std::thread thread([this] { publisher_.run(); });
  const auto end = std::chrono::steady_clock::now() + seconds(20);
  while (log.records().empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(log.records().empty());
  lock.reset();
  publisher_.finish(seconds(20));
  thread.join();
  EXPECT_THAT(heard(), ElementsAre("a"));
}

TEST_P(PublisherTest, TheEndDoesNotWaitForWhatIsTriedOnce) {
  Publisher* publisher = nullptr;
  int calls = 0;
  BusyBus busy(*bus_, [&] {
    if (++calls > 1) return;
    publisher->announce({message("d"), message("e")});
    publisher->finish(milliseconds{0});
  });
  Publisher best_effort(busy, database_->ledger(), counters_);
  publisher = &best_effort;
  best_effort.announce({message("a"), message("b"), message("c")});
  best_effort.run();
  EXPECT_THAT(heard(), ElementsAre("a"));
  EXPECT_EQ(counters_.published, 1U);
  EXPECT_EQ(counters_.lost, 4U) << "two of that round, two that came meanwhile";
}

TEST_P(PublisherTest, TheEndLeavesInTheOutboxWhatABusyBusHasNoTimeFor) {
  if (!GetParam().has_own_tables) GTEST_SKIP() << "nothing is kept here";
  Publisher* publisher = nullptr;
  BusyBus busy(*bus_, [&] { publisher->finish(milliseconds{0}); });
  Publisher keeping(busy, database_->ledger(), counters_);
  publisher = &keeping;
  keeping.keep({message("a"), message("b"), message("c")});
  keeping.run();
  EXPECT_THAT(heard(), ElementsAre("a"));
  EXPECT_EQ(depth(), 2U);
  EXPECT_EQ(counters_.lost, 0U);
}

}  // namespace
}  // namespace decnet::worker
