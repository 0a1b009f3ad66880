#include "decnet/worker/retention.h"

namespace decnet::worker {

Result<void> Retention::tick() {
  const UtcTime now = clock_.now();
  // A clock that was set back must not end it for good.
  const bool early = next_ && now < *next_ && *next_ - now <= kInterval;
  if (!seen_.kept() || early) return {};
  DECNET_TRY(const std::uint64_t forgotten, seen_.forget(now - kTime, kCommands, kPortion));
  next_.reset();
  if (forgotten < kPortion) next_ = now + kInterval;
  return {};
}

}  // namespace decnet::worker
