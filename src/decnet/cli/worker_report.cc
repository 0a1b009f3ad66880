#include "decnet/cli/worker_report.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/base/log.h"

namespace decnet::cli {
namespace {

// Brokers that start with the host are there by then; whoever waits for us must not wait for ever.
constexpr std::chrono::seconds kBusAwaited{5};

std::string bus_words(const worker::Health& health) {
  const std::string& why = health.bus.last_error;
  const std::string because = why.empty() ? "" : fmt::format(" ({})", why);
  if (health.subscribed) return "on the bus";
  switch (health.bus.link) {
    case bus::Link::kConnected:
      return fmt::format("connected to the bus, not subscribed yet{}", because);
    case bus::Link::kReconnecting:
      return fmt::format("bus not reachable, trying again{}", because);
    case bus::Link::kDisabled:
      return fmt::format("without a bus{}", because);
    case bus::Link::kClosed:
      break;
  }
  return "bus closed";
}

}  // namespace

std::string status_line(const worker::Health& health) {
  std::string line = fmt::format("{}; {} rules, {} events, {} tags",
                                 health.stopping ? "stopping" : bus_words(health), health.rules,
                                 health.events, health.tags);
  const auto more = [&line](std::uint64_t count, std::string_view what) {
    if (count > 0) line += fmt::format(", {} {}", count, what);
  };
  more(health.rule_plane.disabled, "rules disabled");
  more(health.rule_plane.broken.count, "problems with rules");
  more(health.queue_depth, "waiting");
  more(health.outbox, "not announced yet");
  more(health.intake.dropped, "dropped");
  more(health.dead_letters, "dead letters");
  more(health.dead_letters_lost, "dead letters lost");
  more(health.database_failures, "database failures");
  return line;
}

void WorkerReport::tell(bool alive, const worker::Health& health) {
  if (health.stopping) manager_.stopping();
  std::string line = status_line(health);
  if (!alive) line += "; stuck: the watchdog is no longer pinged";
  if (!remark_.empty()) line += "; " + remark_;
  manager_.status(line);
  // Loss and return are the bus's to log.
  if (health.subscribed && !std::exchange(subscribed_, true)) log::info("ttp.worker", "on the bus");
  const bool waited = std::chrono::steady_clock::now() - began_ >= kBusAwaited;
  const bool as_ready_as_can_be =
      health.subscribed || health.bus.link == bus::Link::kDisabled || waited;
  if (as_ready_as_can_be && !std::exchange(ready_, true)) manager_.ready();
  if (alive) manager_.alive();
}

}  // namespace decnet::cli
