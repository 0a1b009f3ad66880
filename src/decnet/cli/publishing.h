// Publishing: empties an import's outbox onto the bus, on a thread and a connection of its own, so
// that reading never waits for the bus.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "decnet/base/error.h"
#include "decnet/bus/bus.h"
#include "decnet/cli/import_report.h"
#include "decnet/config/config.h"
#include "decnet/storage/database.h"
#include "decnet/worker/publisher.h"

namespace decnet::cli {

class Publishing {
 public:
  // Begins with what an earlier import left. The database exists. Errors: of the database and of
  // the settings; kInvalid when the database has no outbox, and for a bus that reaches nobody.
  static Result<std::unique_ptr<Publishing>> start(const config::Config& config);
  Publishing(const Publishing&) = delete;
  Publishing& operator=(const Publishing&) = delete;
  ~Publishing();

  // Something was put into the outbox. Threads: any.
  void nudge() { publisher_.announce({}); }

  // Publishes what is there, waiting for the bus up to `grace`, and ends.
  void finish(std::chrono::milliseconds grace);

  // What was published, and what waits. `database` is the caller's.
  void report(storage::Database& database, SessionReport& report) const;

  [[nodiscard]] bus::State bus_state() const { return bus_->state(); }

 private:
  Publishing(std::unique_ptr<bus::Bus> bus, std::unique_ptr<storage::Database> database);

  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<storage::Database> database_;
  worker::PublisherCounters counters_;
  worker::Publisher publisher_;
  std::thread thread_;
};

// What can be said when messages wait at the end.
std::string waiting_text(std::uint64_t waiting, const bus::State& state);

}  // namespace decnet::cli
