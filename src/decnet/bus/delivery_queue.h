// DeliveryQueue: what a transport's reader has taken and its subscriber has not fetched yet.
// Bounded by count and by bytes; when full the oldest gives way and is counted, so that the reader
// never waits. Deliveries that were postponed come back in front when their time has come.
//
// Threads: any number of producers, one consumer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "decnet/bus/bus.h"

namespace decnet::bus {

class DeliveryQueue {
 public:
  struct Limits {
    std::size_t count = 65'536;
    std::size_t bytes = std::size_t{256} << 20;
  };

  DeliveryQueue() = default;
  explicit DeliveryQueue(Limits limits) : limits_(limits) {}

  // `bytes` is what the delivery costs, as its size on the wire. False when something had to be
  // dropped to make room (it is counted).
  bool push(Envelope envelope, std::size_t bytes);
  void count_undecodable();

  std::vector<Delivery> next(std::size_t max, std::chrono::milliseconds wait);
  void postpone(std::span<const Delivery> deliveries, std::chrono::milliseconds delay);
  // What was handed out and is neither postponed nor in the queue may be forgotten.
  void acknowledge(std::span<const Delivery> deliveries);

  void wake();
  // No more will come: next() hands out the rest and then nothing, without waiting.
  void close();

  [[nodiscard]] SubscriptionCounters counters() const;
  [[nodiscard]] std::size_t depth() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Waiting {
    Delivery delivery;
    std::size_t bytes = 0;
  };

  void take_due(Instant now);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  std::multimap<Instant, Waiting> postponed_;
  std::map<std::uint64_t, std::size_t> handed_out_;  // token → bytes
  std::size_t bytes_ = 0;                            // of queue_ and postponed_
  std::uint64_t next_token_ = 1;
  SubscriptionCounters counters_;
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace decnet::bus
