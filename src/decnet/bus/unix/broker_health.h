// What a broker tells of itself in system.bus.health.
#pragma once

#include <chrono>

#include "decnet/base/json.h"
#include "decnet/bus/unix/broker.h"
#include "decnet/bus/unix/connections.h"
#include "decnet/bus/unix/losses.h"
#include "decnet/bus/unix/waiting_frames.h"

namespace decnet::bus {

// `ts` in seconds since the epoch.
Json health_of(const BrokerCounters& counters, const Connections& connections,
               const WaitingFrames& waiting, const Losses& losses,
               std::chrono::steady_clock::duration uptime, double ts);

}  // namespace decnet::bus
