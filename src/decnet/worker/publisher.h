// Publisher: empties the outbox onto the bus. A message leaves the outbox only after the bus took
// it, so what was committed is announced at least once, with the same message id each time; and
// once only, unless the process dies between the two.
//
// Threads: run() on one thread of its own, with an outbox of its own; the rest from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "decnet/bus/bus.h"
#include "decnet/storage/outbox.h"

namespace decnet::worker {

struct PublisherCounters {
  std::atomic<std::uint64_t> published{0};
  std::atomic<std::uint64_t> unpublishable{0};  // would never pass (topic, size): logged, dropped
  std::atomic<std::uint64_t> lost{0};     // best effort only: the bus was away, or the end came
  std::atomic<std::uint64_t> waiting{0};  // in the outbox at the last look
};

class Publisher {
 public:
  Publisher(bus::Bus& bus, storage::Outbox& outbox, PublisherCounters& counters)
      : bus_(bus), outbox_(outbox), counters_(counters) {}

  // Publishes until finish() was called and the outbox is empty or its time is over.
  void run();

  // Something may be in the outbox; `unkept` could not be put there and is tried once.
  void announce(std::vector<storage::OutboxMessage> unkept);

  // These are to be published at least once: they go into the outbox first, where there is one.
  // Until they are there, only a crash loses them.
  void keep(std::vector<storage::OutboxMessage> messages);

  // Makes run() return: when the outbox is empty, or after `grace` at the latest.
  void finish(std::chrono::milliseconds grace);

 private:
  enum class Round { kEmpty, kMore, kBlocked };
  Round publish_some();
  bool keep_some();
  bool publish(const storage::OutboxMessage& message, bool best_effort);
  bool forget_said();
  bool late();  // finish()'s time is over
  void take(std::vector<storage::OutboxMessage> messages,
            std::vector<storage::OutboxMessage>& into);

  bus::Bus& bus_;
  storage::Outbox& outbox_;
  PublisherCounters& counters_;
  std::vector<std::int64_t> said_;  // published, and not yet out of the outbox; run()'s alone
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<storage::OutboxMessage> unkept_;
  std::vector<storage::OutboxMessage> to_keep_;
  bool nudged_ = true;  // look once at the start: a crash may have left something
  bool finishing_ = false;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace decnet::worker
