// SharedCounters: what a broker counts, readable while it does.
//
// Threads: any.
#pragma once

#include <mutex>

#include "decnet/bus/unix/broker.h"

namespace decnet::bus {

class SharedCounters {
 public:
  // Calls `change` with the counters, which nobody else reads or changes meanwhile.
  template <typename Change>
  void count(Change change) {
    const std::lock_guard lock(mutex_);
    change(counters_);
  }
  [[nodiscard]] BrokerCounters now() const {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  mutable std::mutex mutex_;
  BrokerCounters counters_;
};

}  // namespace decnet::bus
