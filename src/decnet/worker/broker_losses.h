// BrokerLosses: how many events for workers a broker had to drop, from what it tells in its
// heartbeats: for this worker, or for one beside it. The framework's broker does not tell.
//
// What it tells by name outlives a connection: a worker that took nothing for so long that it was
// cut off, hears when it is back what that cost.
//
// Threads: one.
#pragma once

#include <cstdint>

#include "decnet/base/json.h"

namespace decnet::worker {

class BrokerLosses {
 public:
  // The payload of system.bus.health. Returns how many more there are than at the heartbeat before;
  // at the first one, those that living connections lost: what others lost before was not ours.
  std::uint64_t hear(const Json& heartbeat);

 private:
  bool heard_ = false;
  std::int64_t pid_ = 0;
  double uptime_s_ = 0;
  std::uint64_t told_ = 0;
};

}  // namespace decnet::worker
