// DeliveryQueue: what a transport's reader has taken and its subscriber has not finished yet.
// Bounded by count and by bytes. When it is full the reader does not wait: what comes then goes to
// the spool, in order, or, without one, the oldest gives way and is counted. Deliveries that were
// postponed come back when their time has come, before what came after them.
//
// Order: as pushed. Across a restart, what memory still held comes after what the spool held.
//
// Threads: any number of producers, one consumer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "decnet/bus/bus.h"
#include "decnet/bus/spool.h"

namespace decnet::bus {

class DeliveryQueue {
 public:
  struct Limits {
    std::size_t count = 65'536;
    std::size_t bytes = std::size_t{256} << 20;
  };

  DeliveryQueue() = default;
  explicit DeliveryQueue(Limits limits, std::unique_ptr<Spool> spool = nullptr)
      : limits_(limits), spool_(std::move(spool)) {}
  // What is neither finished nor on disk yet is spooled, when there is a spool.
  ~DeliveryQueue();
  DeliveryQueue(const DeliveryQueue&) = delete;
  DeliveryQueue& operator=(const DeliveryQueue&) = delete;

  // `bytes` is what the delivery costs, as its size on the wire.
  void push(Envelope envelope, std::size_t bytes);
  void count_undecodable();

  std::vector<Delivery> next(std::size_t max, std::chrono::milliseconds wait);
  void acknowledge(std::span<const Delivery> deliveries);
  void postpone(std::span<const Delivery> deliveries, std::chrono::milliseconds delay);

  void wake();
  // Hands out what is there, without waiting, and nothing that comes later. What was postponed or
  // is still spooled stays for the next process, and so does what comes later: it is spooled, or,
  // without a spool, not taken.
  void close();

  [[nodiscard]] SubscriptionCounters counters() const;
  [[nodiscard]] std::size_t depth() const;  // in memory

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Waiting {
    Delivery delivery;
    std::size_t bytes = 0;
    std::uint64_t file = 0;  // of the spool it came from; 0: none
  };

  [[nodiscard]] bool full(std::size_t bytes) const;
  bool spool(const Envelope& envelope);
  void enqueue(Envelope envelope, std::size_t bytes, std::uint64_t file);
  void take_due(Instant now);
  void take_spooled();
  void finished(const Waiting& waiting);

  const Limits limits_;
  std::unique_ptr<Spool> spool_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  std::multimap<Instant, Waiting> postponed_;
  std::map<std::uint64_t, Waiting> handed_out_;        // by token
  std::map<std::uint64_t, std::size_t> left_of_file_;  // spool file → deliveries not finished
  std::size_t bytes_ = 0;                              // of queue_ and postponed_
  std::uint64_t next_token_ = 1;
  SubscriptionCounters counters_;
  std::string said_;  // the last problem of reading the spool, said once
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace decnet::bus
