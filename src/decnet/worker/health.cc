#include "decnet/worker/health.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/utf8.h"

namespace decnet::worker {
namespace {

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::string_view word_for(bus::Link link) {
  switch (link) {
    case bus::Link::kConnected:
      return "connected";
    case bus::Link::kReconnecting:
      return "reconnecting";
    case bus::Link::kClosed:
      return "closed";
    case bus::Link::kDisabled:
      return "disabled";
  }
  return "closed";
}

}  // namespace

Json to_payload(const Health& health, UtcTime now) {
  const double ts = std::chrono::duration<double>(now.time_since_epoch()).count();
  std::vector<std::string> problems;  // file names may be of any bytes
  for (const std::string& text : health.rule_plane.broken.texts) {
    problems.push_back(to_valid_utf8(text));
  }
  Json last_commit;
  if (health.last_commit_us != 0) {
    last_commit = static_cast<double>(health.last_commit_us) / 1e6;
  }
  return Json::object({{"worker", "ttp"},
                       {"ts", ts},
                       {"uptime_s", health.uptime_s},
                       {"bus", word_for(health.bus.link)},
                       {"bus_error", health.bus.last_error},
                       {"reconnects", integer(health.bus.reconnects)},
                       {"rules", integer(health.rules)},
                       {"rules_disabled", integer(health.rule_plane.disabled)},
                       {"rules_clipped", integer(health.rule_plane.clipped)},
                       {"rule_reloads", integer(health.rule_plane.reloads)},
                       {"rule_problem_count", integer(health.rule_plane.broken.count)},
                       {"rule_problems", Json(Json::Array(problems.begin(), problems.end()))},
                       {"rule_store_error", to_valid_utf8(health.rule_plane.failure)},
                       {"received", integer(health.intake.received)},
                       {"dropped", integer(health.intake.dropped)},
                       {"dropped_by_broker", integer(health.dropped_by_broker)},
                       {"spooled", integer(health.intake.spooled)},
                       {"undecodable", integer(health.intake.undecodable)},
                       {"queue_depth", integer(health.queue_depth)},
                       {"messages", integer(health.messages)},
                       {"events", integer(health.events)},
                       {"tags", integer(health.tags)},
                       {"undispatchable", integer(health.undispatchable)},
                       {"retries", integer(health.retries)},
                       {"dead_letters", integer(health.dead_letters)},
                       {"dead_letters_lost", integer(health.dead_letters_lost)},
                       {"below_floor", integer(health.below_floor)},
                       {"rate_limited", integer(health.rate_limited)},
                       {"rule_disabled", integer(health.rule_disabled)},
                       {"refused_rows", integer(health.refused_rows)},
                       {"database_failures", integer(health.database_failures)},
                       {"lifter_failures", integer(health.lifter_failures)},
                       {"caught_up", integer(health.caught_up)},
                       {"published", integer(health.published)},
                       {"unpublishable", integer(health.unpublishable)},
                       {"announcements_lost", integer(health.announcements_lost)},
                       {"outbox", integer(health.outbox)},
                       {"last_commit", last_commit},
                       {"own_tables", health.kept}});
}

}  // namespace decnet::worker
