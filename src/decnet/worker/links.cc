#include "decnet/worker/links.h"

#include <algorithm>
#include <string>
#include <utility>

namespace decnet::worker {
namespace {

// What a durable transport forgot while it was away, shows so soon after it is back.
constexpr std::chrono::minutes kShowsWithin{1};

}  // namespace

Result<void> Links::begin(UtcTime started, Intake& intake) {
  if (begun_ || !ledger_.kept()) return {};
  DECNET_TRY(const auto alive, ledger_.cursor(storage::kWorkerAlive));
  if (!alive && !note_alive(started, intake)) {
    return fail(ErrorCode::kUnavailable, "the first run was not written down");
  }
  const UtcTime since = alive ? alive->time : started;
  back_at_ = clock_.now();
  if (bus_.durable()) {
    away_since_ = since;
  } else {
    gaps_.add(since, back_at_);
  }
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
  if (!ledger_.kept()) return false;
  const UtcTime now = clock_.now();
  const UtcTime before = std::exchange(last_look_, now).value_or(now);
  if (bus_.durable()) return look_at_durable(state, before, now);
  if (!connected) gaps_.open(before, now);
  // It may have gone and come back while the database kept the worker waiting.
  const bool again = std::exchange(reconnects_, state.reconnects) < state.reconnects;
  const bool dropped_more = std::exchange(dropped_, dropped) < dropped;
  if (connected && !was_connected) gaps_.close(now);
  if (again || dropped_more) gaps_.add(before, now);
  return connected && (again || !was_connected);
}

bool Links::look_at_durable(const bus::State& state, UtcTime before, UtcTime now) {
  // A server that is back may be unable to serve for some time more.
  if (!connected_ || !state.last_error.empty()) {
    away_since_ = std::min(away_since_.value_or(before), before);
    back_at_ = now;
  }
  const bool made = std::exchange(remade_, state.remade) < state.remade;
  if (made) gaps_.add(away_since_.value_or(before), now);
  if (connected_ && now - back_at_ > kShowsWithin) away_since_.reset();
  return made;
}

}  // namespace decnet::worker
