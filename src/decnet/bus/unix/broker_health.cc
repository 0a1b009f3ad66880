#include "decnet/bus/unix/broker_health.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <utility>

namespace decnet::bus {

Json health_of(const BrokerCounters& counters, const Connections& connections,
               const WaitingFrames& waiting, const Losses& losses,
               std::chrono::steady_clock::duration uptime, double ts) {
  const auto integer = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  Json::Object slow;
  connections.each([&](const Connection& connection) {
    if (connection.dropped == 0) return;
    slow.emplace_back(fmt::format("{} {}", connection.number, connection.name),
                      integer(connection.dropped));
  });
  const double seconds = std::chrono::duration<double>(uptime).count();
  return Json::object({{"pid", std::int64_t{::getpid()}},
                       {"uptime_sec", std::round(seconds * 1000) / 1000},
                       {"ts", ts},
                       {"connections", integer(counters.connections)},
                       {"published", integer(counters.published)},
                       {"delivered", integer(counters.delivered)},
                       {"dropped", integer(counters.dropped)},
                       {"dropped_for_all", integer(counters.dropped_for_all)},
                       {"queued_bytes", integer(waiting.bytes())},
                       {"unfinished_bytes", integer(connections.unfinished_bytes())},
                       {"refused", integer(counters.refused)},
                       {"rejected", integer(counters.rejected)},
                       {"broken", integer(counters.broken)},
                       {"dropped_by_subscriber", Json(std::move(slow))},
                       {"dropped_by_client", losses.to_json()}});
}

}  // namespace decnet::bus
