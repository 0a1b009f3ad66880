// Health: what the outside may know of a running worker.
#pragma once

#include <cstdint>

#include "decnet/base/clock.h"
#include "decnet/base/json.h"
#include "decnet/bus/bus.h"
#include "decnet/worker/rule_plane.h"

namespace decnet::worker {

// Made for the heartbeat and for metrics.
struct Health {
  bus::State bus;
  bus::SubscriptionCounters intake;
  bool subscribed = false;  // what is published from now on comes, or waits to come
  bool stopping = false;
  std::uint64_t rules = 0;
  RuleHealth rule_plane;
  std::uint64_t messages = 0, events = 0, tags = 0, undispatchable = 0, retries = 0;
  std::uint64_t dead_letters = 0, dead_letters_lost = 0, refused_rows = 0, database_failures = 0,
                lifter_failures = 0;
  std::uint64_t below_floor = 0, rate_limited = 0, rule_disabled = 0;  // tags that were withheld
  std::uint64_t caught_up = 0;  // of `tags`: found in the database, the bus had not brought them
  std::uint64_t dropped_by_broker = 0;  // of what was for workers, as the broker says
  std::uint64_t published = 0, unpublishable = 0, announcements_lost = 0, outbox = 0;
  std::uint64_t queue_depth = 0;
  std::int64_t last_commit_us = 0;  // microseconds since the epoch, 0: none yet
  double uptime_s = 0.0;
  bool kept = true;  // our own tables are there: outbox, cursors, dead letters
};

// The heartbeat's payload.
Json to_payload(const Health& health, UtcTime now);

}  // namespace decnet::worker
