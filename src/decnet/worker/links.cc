#include "decnet/worker/links.h"

#include <string>
#include <utility>

namespace decnet::worker {

Result<void> Links::begin(UtcTime started, Intake& intake) {
  if (begun_ || !ledger_.kept()) return {};
  DECNET_TRY(const auto alive, ledger_.cursor(storage::kWorkerAlive));
  if (!alive && !note_alive(started, intake)) {
    return fail(ErrorCode::kUnavailable, "the first run was not written down");
  }
  if (records()) gaps_.add(alive ? alive->time : started, clock_.now());
  begun_ = true;
  return {};
}

bool Links::note_alive(UtcTime time, Intake& intake) {
  return intake.take_events({}, {{std::string(storage::kWorkerAlive), {time, ""}}});
}

bool Links::look(std::uint64_t dropped) {
  const bus::State state = bus_.state();
  const bool connected = state.link == bus::Link::kConnected;
  const bool was_connected = std::exchange(connected_, connected);
  if (!records()) return false;
  const UtcTime now = clock_.now();
  const UtcTime before = std::exchange(last_look_, now).value_or(now);
  if (!connected) gaps_.open(before, now);
  // It may have gone and come back while the database kept the worker waiting.
  const bool again = std::exchange(reconnects_, state.reconnects) < state.reconnects;
  const bool dropped_more = std::exchange(dropped_, dropped) < dropped;
  if (connected && !was_connected) gaps_.close(now);
  if (again || dropped_more) gaps_.add(before, now);
  return connected && (again || !was_connected);
}

}  // namespace decnet::worker
