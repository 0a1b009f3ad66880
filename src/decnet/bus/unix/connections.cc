#include "decnet/bus/unix/connections.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace decnet::bus {

Connection* Connections::add(Descriptor socket, Connection::Instant now) {
  if (by_number_.size() >= limits_.count) return nullptr;
  const std::uint64_t number = next_number_++;
  auto& place = by_number_[number];
  place = std::make_unique<Connection>(number, std::move(socket), now);
  return place.get();
}

Connection* Connections::find(std::uint64_t number) const {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second.get();
}

void Connections::erase(std::uint64_t number) {
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) return;
  unfinished_bytes_ -= found->second->counted.unfinished;
  pattern_bytes_ -= found->second->counted.patterns;
  by_number_.erase(found);
}

void Connections::clear() {
  by_number_.clear();
  unfinished_bytes_ = 0;
  pattern_bytes_ = 0;
}

void Connections::settle(Connection& connection) {
  count(connection);
  bound_unfinished();
  bound_patterns();
}

void Connections::count(Connection& connection) {
  unfinished_bytes_ -= connection.counted.unfinished;
  pattern_bytes_ -= connection.counted.patterns;
  const std::size_t held = connection.frames.held();
  // As long as complete frames wait for their turn, what one read brings is not held for the peer's
  // sake but for ours.
  const std::size_t ours = connection.frames_wait ? std::min(held, FrameReader::kKeptBytes) : 0;
  connection.counted = {held - ours, connection.pattern_bytes()};
  unfinished_bytes_ += connection.counted.unfinished;
  pattern_bytes_ += connection.counted.patterns;
}

void Connections::bound_unfinished() {
  while (unfinished_bytes_ > limits_.unfinished_bytes) {
    Connection* oldest = nullptr;
    for (const auto& [number, connection] : by_number_) {
      if (connection->counted.unfinished == 0) continue;
      if (oldest == nullptr || connection->frame_began < oldest->frame_began) {
        oldest = connection.get();
      }
    }
    if (oldest == nullptr) return;
    if (!oldest->ending) {
      condemn_(*oldest, fmt::format("of the unfinished frames of all, {} bytes, its is the oldest",
                                    unfinished_bytes_));
    }
    oldest->frames.forget();
    count(*oldest);
  }
}

void Connections::bound_patterns() {
  while (pattern_bytes_ > limits_.pattern_bytes) {
    Connection* greediest = nullptr;
    for (const auto& [number, connection] : by_number_) {
      if (greediest == nullptr || connection->counted.patterns > greediest->counted.patterns) {
        greediest = connection.get();
      }
    }
    if (greediest == nullptr || greediest->counted.patterns == 0) return;
    if (!greediest->ending) {
      condemn_(*greediest,
               fmt::format("of the patterns of all, {} bytes, it has most", pattern_bytes_));
    }
    greediest->forget_patterns();
    count(*greediest);
  }
}

}  // namespace decnet::bus
