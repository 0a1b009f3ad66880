#include "decnet/bus/delivery_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <thread>

#include "tests/test_main.h"

namespace decnet::bus {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kNow{0};
constexpr milliseconds kLong{30'000};  // a deadline that is not met in a test that passes

Envelope numbered(int number) {
  return {"canary.a.triggered", "", Json::object({{"n", number}}), random_id(), 1.5};
}

std::vector<int> numbers_of(std::span<const Delivery> deliveries) {
  std::vector<int> numbers;
  for (const Delivery& delivery : deliveries) {
    numbers.push_back(static_cast<int>(*delivery.envelope.payload.find("n")->integer()));
  }
  return numbers;
}

std::vector<int> range(int first, int last) {
  std::vector<int> numbers;
  for (int i = first; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

void push_range(DeliveryQueue& queue, int first, int last, std::size_t bytes = 10) {
  for (int i = first; i <= last; ++i) queue.push(numbered(i), bytes);
}

TEST(DeliveryQueue, HandsOutInOrderAndNotMoreThanAsked) {
  DeliveryQueue queue;
  push_range(queue, 1, 5);
  EXPECT_EQ(queue.depth(), 5U);
  EXPECT_EQ(numbers_of(queue.next(2, kLong)), range(1, 2));
  EXPECT_EQ(numbers_of(queue.next(9, kLong)), range(3, 5));
  EXPECT_TRUE(queue.next(9, kNow).empty());
  EXPECT_EQ(queue.counters().received, 5U);
}

TEST(DeliveryQueue, DropsTheOldestOverItsCount) {
  DeliveryQueue queue({.count = 3});
  push_range(queue, 1, 10);
  EXPECT_EQ(numbers_of(queue.next(9, kNow)), range(8, 10));
  EXPECT_EQ(queue.counters().dropped, 7U);
}

TEST(DeliveryQueue, DropsTheOldestOverItsBytes) {
  DeliveryQueue queue({.bytes = 100});
  push_range(queue, 1, 10, 30);
  EXPECT_EQ(numbers_of(queue.next(9, kNow)), range(8, 10));
  queue.push(numbered(11), 1000);  // larger than everything: still better delivered than dropped
  EXPECT_EQ(numbers_of(queue.next(9, kNow)), range(11, 11));
  EXPECT_EQ(queue.counters().dropped, 7U);
}

TEST(DeliveryQueue, PostponedComeAgainInOrderBeforeWhatFollowed) {
  DeliveryQueue queue;
  push_range(queue, 1, 3);
  const auto first = queue.next(3, kNow);
  push_range(queue, 4, 5);
  queue.postpone(first, kNow);
  const auto again = queue.next(9, kLong);
  EXPECT_EQ(numbers_of(again), range(1, 5));
  EXPECT_EQ(again[0].attempt, 2U);
  EXPECT_EQ(again[0].token, first[0].token);
  EXPECT_EQ(again[4].attempt, 1U);
  queue.acknowledge(again);
  queue.postpone(again, kNow);  // acknowledged: unknown by now
  EXPECT_TRUE(queue.next(9, kNow).empty());
}

TEST(DeliveryQueue, PostponedWaitForTheirTime) {
  DeliveryQueue queue;
  push_range(queue, 1, 1);
  queue.postpone(queue.next(1, kNow), kLong);
  EXPECT_TRUE(queue.next(1, kNow).empty());
  EXPECT_EQ(queue.depth(), 1U);
  push_range(queue, 2, 2);
  const auto second = queue.next(1, kLong);
  EXPECT_EQ(numbers_of(second), range(2, 2));
  queue.postpone(second, milliseconds{1});
  EXPECT_EQ(numbers_of(queue.next(1, kLong)), range(2, 2));  // comes by itself
}

TEST(DeliveryQueue, UnknownTokensAreIgnored) {
  DeliveryQueue queue;
  const std::vector<Delivery> unknown{{numbered(1), 77, 1}};
  queue.acknowledge(unknown);
  queue.postpone(unknown, kNow);
  EXPECT_TRUE(queue.next(1, kNow).empty());
}

TEST(DeliveryQueue, HandsOutTheRestAfterClose) {
  DeliveryQueue queue;
  push_range(queue, 1, 2);
  queue.close();
  push_range(queue, 3, 3);
  EXPECT_EQ(numbers_of(queue.next(9, kLong)), range(1, 2));
  EXPECT_TRUE(queue.next(9, kLong).empty());
}

TEST(DeliveryQueueThreads, WakeAndCloseEndAWait) {
  DeliveryQueue queue;
  std::thread waker([&] { queue.wake(); });
  EXPECT_TRUE(queue.next(1, kLong).empty());
  waker.join();
  std::thread closer([&] { queue.close(); });
  EXPECT_TRUE(queue.next(1, kLong).empty());
  closer.join();
}

TEST(DeliveryQueueThreads, EveryProducersOrderIsKept) {
  const test::TempDir dir(true);
  DeliveryQueue queue({.count = 50}, *Spool::open(dir.path(), {.file_bytes = 4000}));
  constexpr int kEach = 2000;
  std::vector<std::thread> producers;
  for (int producer = 0; producer < 3; ++producer) {
    producers.emplace_back(
        [&queue, producer] { push_range(queue, producer * kEach, producer * kEach + kEach - 1); });
  }
  std::vector<int> last(3, -1);
  int seen = 0;
  while (seen < 3 * kEach) {
    const auto deliveries = queue.next(64, kLong);
    ASSERT_FALSE(deliveries.empty());
    for (const int number : numbers_of(deliveries)) {
      auto& before = last[static_cast<std::size_t>(number / kEach)];
      ASSERT_GT(number, before);
      before = number;
      ++seen;
    }
    queue.acknowledge(deliveries);
  }
  for (auto& producer : producers) producer.join();
  EXPECT_EQ(queue.counters().dropped, 0U);
}

class SpoolingQueue : public testing::Test {
 protected:
  std::unique_ptr<DeliveryQueue> open(DeliveryQueue::Limits limits = {.count = 4},
                                      Spool::Limits spool = {.file_bytes = 300}) {
    return std::make_unique<DeliveryQueue>(limits, *Spool::open(dir_.path(), spool));
  }
  std::vector<int> drain(DeliveryQueue& queue) {
    std::vector<int> all;
    for (;;) {
      const auto deliveries = queue.next(3, kNow);
      if (deliveries.empty()) return all;
      const auto numbers = numbers_of(deliveries);
      all.insert(all.end(), numbers.begin(), numbers.end());
      queue.acknowledge(deliveries);
    }
  }
  [[nodiscard]] int files() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      count += entry.path().extension() == ".jsonl" ? 1 : 0;
    }
    return count;
  }
  const test::TempDir dir_{true};
};

TEST_F(SpoolingQueue, LosesNothingAndKeepsTheOrder) {
  const auto queue = open();
  push_range(*queue, 1, 40);
  EXPECT_EQ(queue->counters().spooled, 36U);
  EXPECT_EQ(drain(*queue), range(1, 40));
  EXPECT_EQ(queue->counters().dropped, 0U);
  EXPECT_EQ(files(), 0);
  push_range(*queue, 41, 42);
  EXPECT_EQ(drain(*queue), range(41, 42));
}

TEST_F(SpoolingQueue, KeepsTheUnfinishedForTheNextProcess) {
  {
    const auto queue = open({.count = 100});
    push_range(*queue, 1, 6);
    const auto taken = queue->next(4, kNow);
    queue->acknowledge(std::span(taken).first(1));
    queue->postpone(std::span(taken).subspan(3), kLong);
  }
  auto left = drain(*open());
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, range(2, 6));
}

TEST_F(SpoolingQueue, KeepsWhatComesAfterTheEndForTheNextProcess) {
  {
    const auto queue = open({.count = 100});
    push_range(*queue, 1, 3);
    queue->close();
    push_range(*queue, 4, 6);  // the socket brought it before it was closed
    EXPECT_EQ(drain(*queue), range(1, 3));
    EXPECT_EQ(queue->counters().received, 6U);
    EXPECT_EQ(queue->counters().dropped, 0U);
  }
  EXPECT_EQ(drain(*open()), range(4, 6));
}

TEST_F(SpoolingQueue, ReadsAgainWhatWasReadAndNotAcknowledged) {
  {
    const auto queue = open({.count = 1}, {});
    push_range(*queue, 1, 5);
    queue->acknowledge(queue->next(1, kNow));  // 1, from memory
    queue->acknowledge(queue->next(2, kNow));  // 2 and 3 of the file; 4 and 5 are still due
  }
  EXPECT_EQ(drain(*open()), range(2, 5));
}

TEST_F(SpoolingQueue, ReadsNoDiskFullIntoMemoryForASubscriberThatPostponesAll) {
  const auto queue = open({.count = 4}, {.file_bytes = 200});
  push_range(*queue, 1, 200);
  for (;;) {
    const auto deliveries = queue->next(100, kNow);
    if (deliveries.empty()) break;
    queue->postpone(deliveries, kLong);
  }
  EXPECT_LT(queue->depth(), 20U);
}

TEST_F(SpoolingQueue, CountsWhatTheDiskRefused) {
  const auto queue = open({.count = 2}, {.total_bytes = 500, .file_bytes = 200});
  push_range(*queue, 1, 20);
  const auto counters = queue->counters();
  EXPECT_GT(counters.dropped, 0U);
  EXPECT_EQ(counters.spooled + counters.dropped, 18U);
  EXPECT_EQ(drain(*queue).size(), 20U - counters.dropped);
}

TEST_F(SpoolingQueue, GoesOnBehindAFileOfNonsense) {
  dir_.write("spool-1.jsonl", "nonsense\n");
  dir_.write("spool-2.jsonl", "{\"topic\":\"a\",\"payload\":{\"n\":1}}\n");
  const auto queue = open();
  EXPECT_EQ(numbers_of(queue->next(9, kNow)), range(1, 1));
  EXPECT_EQ(queue->counters().undecodable, 1U);
}

TEST_F(SpoolingQueue, GoesOnBehindAFileItCannotRead) {
  const auto path = dir_.write("spool-1.jsonl", "{}\n");
  dir_.write("spool-2.jsonl", "{\"topic\":\"a\",\"payload\":{\"n\":1}}\n");
  const auto queue = open();
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_EQ(numbers_of(queue->next(9, kNow)), range(1, 1));
  EXPECT_EQ(queue->counters().undecodable, 1U);
  push_range(*queue, 2, 3);
  EXPECT_EQ(numbers_of(queue->next(9, kNow)), range(2, 3));
}

// Whatever is pushed, taken, acknowledged, postponed and reopened: every event is there until it
// is acknowledged, and nothing overtakes what was pushed before it in the life of one queue.
TEST(DeliveryQueueProperty, NothingIsLostWhateverHappens) {
  EXPECT_TRUE(rc::check([] {
    const test::TempDir dir(true);
    const auto count = *rc::gen::inRange<std::size_t>(1, 6);
    const auto file_bytes = *rc::gen::inRange<std::uint64_t>(1, 600);
    const auto open = [&] {
      return std::make_unique<DeliveryQueue>(DeliveryQueue::Limits{.count = count},
                                             *Spool::open(dir.path(), {.file_bytes = file_bytes}));
    };
    auto queue = open();
    std::set<int> due;  // pushed and not acknowledged
    std::vector<Delivery> held;
    int next_number = 1;
    int first_of_life = 1;  // numbers from here on were pushed in the life of this queue
    int newest_first_time = 0;
    const auto take = [&] {
      auto taken = queue->next(*rc::gen::inRange<std::size_t>(1, 5), kNow);
      for (const Delivery& delivery : taken) {
        const int number = numbers_of({&delivery, 1})[0];
        if (delivery.attempt == 1 && number >= first_of_life) {
          RC_ASSERT(number > newest_first_time);
          newest_first_time = number;
        }
      }
      held.insert(held.end(), taken.begin(), taken.end());
      return !taken.empty();
    };
    const auto acknowledge_all = [&] {
      for (const int number : numbers_of(held)) due.erase(number);
      queue->acknowledge(held);
      held.clear();
    };
    for (int step = *rc::gen::inRange(1, 60); step > 0; --step) {
      switch (*rc::gen::weightedElement<int>({{6, 0}, {4, 1}, {3, 2}, {3, 3}, {1, 4}})) {
        case 0:
          due.insert(next_number);
          queue->push(numbered(next_number++), 10);
          break;
        case 1:
          take();
          break;
        case 2:
          acknowledge_all();
          break;
        case 3:
          queue->postpone(held, kNow);
          held.clear();
          break;
        default:
          held.clear();
          queue.reset();
          queue = open();
          first_of_life = next_number;
      }
      RC_ASSERT(queue->counters().dropped == 0U);
    }
    queue->postpone(held, kNow);
    held.clear();
    while (take()) acknowledge_all();
    RC_ASSERT(due.empty());
  }));
}

}  // namespace
}  // namespace decnet::bus
