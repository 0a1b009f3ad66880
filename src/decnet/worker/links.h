// Links: watches a worker's link to the bus and its queues, and keeps the record of when events may
// have been lost.
//
// Threads: the intake's.
#pragma once

#include <cstdint>
#include <optional>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/bus/bus.h"
#include "decnet/storage/ledger.h"
#include "decnet/worker/gaps.h"
#include "decnet/worker/intake.h"

namespace decnet::worker {

class Links {
 public:
  Links(bus::Bus& bus, storage::Ledger& ledger, const Clock& clock)
      : bus_(bus), ledger_(ledger), clock_(clock) {}

  // The first gap: from the last sign of life of the process before, or from `started` on the first
  // run of all, which is written down, until now. Errors: kUnavailable; to be called again.
  Result<void> begin(UtcTime started, Intake& intake);
  // Nothing before `time` is missing. False: not written down.
  static bool note_alive(UtcTime time, Intake& intake);

  // To be called at every turn; `dropped` is the sum of what was dropped so far, here and in the
  // broker. True when a catch-up is due now: the bus is back, or forgot what it kept. (What a full
  // queue drops waits for the next slow tick: a worker that cannot keep up must not be kept from
  // it.)
  bool look(std::uint64_t dropped);

  Gaps& gaps() { return gaps_; }
  [[nodiscard]] bool connected() const { return connected_; }

 private:
  // A transport that keeps events has gaps only where it forgot them.
  bool look_at_durable(const bus::State& state, UtcTime before, UtcTime now);

  bus::Bus& bus_;
  storage::Ledger& ledger_;
  const Clock& clock_;
  Gaps gaps_;
  bool begun_ = false;
  bool connected_ = false;
  std::uint64_t reconnects_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t remade_ = 0;
  std::optional<UtcTime> away_since_;  // we, or a durable transport, until it has been back a while
  UtcTime back_at_{};
  std::optional<UtcTime> last_look_;
};

}  // namespace decnet::worker
