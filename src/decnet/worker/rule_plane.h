// RulePlane: what a live worker does about its rules while it works: follows their store, mirrors a
// directory into the database where it is asked to, and announces what changed.
//
// Threads: one for the store and one for the mirror; health() from any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <thread>

#include "decnet/base/clock.h"
#include "decnet/rulebook/follower.h"
#include "decnet/rulestore/database/mirroring.h"
#include "decnet/worker/publisher.h"

namespace decnet::worker {

struct RuleHealth {
  std::uint64_t reloads = 0, disabled = 0, clipped = 0;
  rulestore::Broken broken;  // documents and states
  std::string failure;       // why rules cannot be looked at, or not be mirrored
};

class RulePlane {
 public:
  // Either may be null: then the rules stay as they are, nothing is mirrored.
  RulePlane(rulebook::Follower* follower, rulestore::Mirroring* mirroring, Publisher& publisher,
            const Clock& clock)
      : follower_(follower), mirroring_(mirroring), publisher_(publisher), clock_(clock) {}
  RulePlane(const RulePlane&) = delete;
  RulePlane& operator=(const RulePlane&) = delete;
  ~RulePlane() { stop(); }

  void start();
  void stop();  // what was announced until now is with the publisher

  [[nodiscard]] RuleHealth health() const;

 private:
  void announce_all(std::span<const rulestore::Change> changes);

  rulebook::Follower* const follower_;
  rulestore::Mirroring* const mirroring_;
  Publisher& publisher_;
  const Clock& clock_;
  std::thread following_;
  std::thread mirroring_thread_;
};

}  // namespace decnet::worker
