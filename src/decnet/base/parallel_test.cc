#include "decnet/base/parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace decnet {
namespace {

using testing::Each;

TEST(ForEachIndex, CallsForEachOnceOnAnyNumberOfThreads) {
  for (const unsigned threads : {0U, 1U, 2U, 7U}) {
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{500}}) {
      std::vector<int> calls(count);
      for_each_index(count, threads, [&](std::size_t i) { ++calls[i]; });
      EXPECT_THAT(calls, Each(1)) << threads << " threads, " << count << " calls";
    }
  }
}

TEST(ForEachIndex, RunsOnSeveralThreadsAtOnce) {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::thread::id> there;
  for_each_index(3, 3, [&](std::size_t) {  // each waits for all
    std::unique_lock lock(mutex);
    there.insert(std::this_thread::get_id());
    changed.notify_all();
    changed.wait(lock, [&] { return there.size() == 3; });
  });
  EXPECT_TRUE(there.contains(std::this_thread::get_id()));
}

TEST(ForEachIndex, OfOneThreadKeepsToTheCallers) {
  std::set<std::thread::id> there;
  for_each_index(20, 1, [&](std::size_t) { there.insert(std::this_thread::get_id()); });
  EXPECT_THAT(there, testing::ElementsAre(std::this_thread::get_id()));
}

TEST(ForEachIndex, ThrowsWhatTheFirstThrewOnThreadsWhenAllIsDone) {
  for (const unsigned threads : {1U, 4U}) {
    std::atomic<int> calls = 0;
    try {
      for_each_index(100, threads, [&](std::size_t i) {
        ++calls;
        if (i % 10 == 3) throw std::runtime_error(std::to_string(i));
      });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& thrown) {
      EXPECT_STREQ(thrown.what(), "3");
    }
    EXPECT_EQ(calls, 100);
  }
}

TEST(Processors, AreSomeAndNotTooMany) {
  EXPECT_GE(processors(), 1U);
  EXPECT_LE(processors(), 8U);
}

}  // namespace
}  // namespace decnet
