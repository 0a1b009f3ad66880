// WorkerReport: what the service manager hears of a worker, once a second: when it is ready, that
// it is alive, in one line how it is doing, and that it stops.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "decnet/cli/service_manager.h"
#include "decnet/worker/worker.h"

namespace decnet::cli {

// For `systemctl status`, e.g. "on the bus; 59 rules, 12 events, 3 tags"; a bus that is away is
// what it begins with.
std::string status_line(const worker::Health& health);

class WorkerReport {
 public:
  explicit WorkerReport(ServiceManager& manager) : manager_(manager) {}

  // Ready is a worker that is subscribed. One whose bus is away works with the database alone: it
  // counts as ready, and says what is wrong, when the bus has been waited for in vain.
  void tell(bool alive, const worker::Health& health);

  // A remark that belongs to the status until it is taken back with "".
  void remark(std::string text) { remark_ = std::move(text); }

 private:
  ServiceManager& manager_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  bool subscribed_ = false;  // ever
  bool ready_ = false;
  std::string remark_;
};

}  // namespace decnet::cli
