// Feeder: publishes events of a workload on a thread of its own, so that blows fall under load.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>

#include "tests/torture/source_rows.h"
#include "tests/torture/workload.h"

namespace decnet::torture {

class Feeder {
 public:
  // `publish` hands the event over, or tries to; it may take its time.
  using Publish = std::function<void(const bus::Envelope&)>;

  Feeder(Workload& workload, SourceRows& rows, Publish publish);
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;
  ~Feeder();

  // So many more; returns at once.
  void feed(std::size_t events);
  // Returns when all of them were published.
  void finish();
  [[nodiscard]] std::size_t published() const { return published_; }

 private:
  void run();

  Workload& workload_;
  SourceRows& rows_;
  const Publish publish_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t wanted_ = 0;
  std::atomic<std::size_t> published_{0};
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace decnet::torture
