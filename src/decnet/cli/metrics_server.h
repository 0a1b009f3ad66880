// MetricsServer: a worker's health in Prometheus text format, on GET /metrics.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/tagging/measurements.h"
#include "decnet/worker/worker.h"

namespace decnet::cli {

// The text of one scrape (Prometheus exposition format 0.0.4).
std::string metrics_text(const worker::Health& health,
                         const tagging::Measurements::Snapshot& measured);

class MetricsServer {
 public:
  MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;
  ~MetricsServer();

  // Whether that has the shape of an address. Errors: kInvalid, saying what has.
  static Result<void> check(std::string_view address);

  // Listens on "host:port" ("[::1]:9464", "127.0.0.1:0" for any port) on a thread of its own.
  // Errors: kInvalid for another shape, kUnavailable when the address cannot be had.
  Result<void> start(std::string_view address);
  // Where it listens, with the port it really got: "http://127.0.0.1:9464/metrics".
  [[nodiscard]] std::string url() const;

  // What scrapes get from now on. Threads: any.
  void show(const worker::Health& health, const tagging::Measurements::Snapshot& measured);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace decnet::cli
