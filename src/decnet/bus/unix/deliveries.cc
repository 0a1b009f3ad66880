#include "decnet/bus/unix/deliveries.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "decnet/base/utf8.h"
#include "decnet/bus/unix/frame.h"

namespace decnet::bus {

Deliveries::Deliveries(Parts parts)
    : parts_(std::move(parts)), slowness_("bus.server", parts_.clock) {}

void Deliveries::send(std::string encoded, const Connection* from) {
  auto frame = waiting_.add(std::move(encoded), from != nullptr);
  const std::string_view topic = frame->topic();
  parts_.connections.each([&](Connection& connection) {
    if (&connection == from || connection.deaf || !connection.wants(topic)) return;
    enqueue(connection, frame);
    flush(connection);
  });
  frame.reset();  // what nobody waits for takes no room
  make_room();
}

void Deliveries::enqueue(Connection& connection, const std::shared_ptr<const WaitingFrame>& frame) {
  if (connection.queue.empty()) connection.last_progress = parts_.options.now();
  const auto lost = connection.queue.push(frame, {.frames = parts_.options.max_queued_frames,
                                                  .bytes = parts_.options.max_queued_bytes});
  note_dropped(connection, lost.events, lost.first_topic);
  parts_.counters.count([](BrokerCounters& c) { ++c.delivered; });
}

// When all queues together hold too much, the oldest frames of all give way: what a subscriber
// waits for that was only just held up is younger than what one that stands still does not take.
void Deliveries::make_room() {
  const std::size_t room = parts_.options.max_total_bytes;
  if (waiting_.bytes() > room) end_the_stuck();
  auto frame = waiting_.oldest();
  while (waiting_.bytes() > room && frame) {
    parts_.connections.each([&](Connection& connection) {
      if (!connection.queue.drop(*frame) || !frame->is_event()) return;
      note_dropped(connection, 1, frame->topic());
      parts_.counters.count([](BrokerCounters& c) { ++c.dropped_for_all; });
    });
    frame = waiting_.after(*frame);
  }
}

// A frame that is half on its way cannot give way, so those that have taken nothing of theirs for
// longest are ended, until such frames take no more than half of the room.
void Deliveries::end_the_stuck() {
  std::vector<Connection*> stuck;
  std::map<const WaitingFrame*, std::size_t> sharers;
  std::size_t bytes = 0;
  parts_.connections.each([&](Connection& connection) {
    const WaitingFrame* const half = connection.queue.half_sent();
    if (half == nullptr) return;
    stuck.push_back(&connection);
    if (++sharers[half] == 1) bytes += half->bytes().size();
  });
  std::sort(stuck.begin(), stuck.end(), [](const Connection* a, const Connection* b) {
    return a->last_progress < b->last_progress;
  });
  for (Connection* connection : stuck) {
    if (bytes <= parts_.options.max_total_bytes / 2) return;
    const WaitingFrame* const half = connection->queue.half_sent();
    if (--sharers[half] == 0) bytes -= half->bytes().size();
    parts_.condemn(*connection, "it stands still inside a frame while there is no room for others");
    forget(*connection);
  }
}

void Deliveries::note_dropped(Connection& connection, std::uint64_t events,
                              std::string_view first_topic) {
  if (events == 0) return;
  if (connection.dropped == 0) {
    slowness_.say(
        fmt::format("{} ({}) is too slow: its oldest events are dropped, the first on {}; "
                    "counted in system.bus.health",
                    connection.number, printable(connection.name), first_topic));
  }
  count_dropped(connection, events);
}

void Deliveries::count_dropped(Connection& connection, std::uint64_t events) {
  if (events == 0) return;
  connection.dropped += events;
  losses_.add(connection.name, events);
  parts_.counters.count([events](BrokerCounters& c) { c.dropped += events; });
}

void Deliveries::flush(Connection& connection) {
  connection.send(parts_.options.now());
  if (connection.deaf) forget(connection);
  const bool waiting = !connection.queue.empty();
  if (std::exchange(connection.awaits_room, waiting) == waiting) return;
  parts_.epoll.change(connection.socket.get(),
                      EPOLLIN | (waiting ? static_cast<std::uint32_t>(EPOLLOUT) : 0U),
                      connection.number);
}

std::uint64_t Deliveries::forget(Connection& connection) {
  connection.deaf = true;
  const std::uint64_t lost = connection.queue.clear();
  count_dropped(connection, lost);
  return lost;
}

void Deliveries::say_good_bye() {
  const auto bye = waiting_.add(*encode_frame(Verb::kBye, "", ""), false);
  constexpr auto kNoLimit = std::numeric_limits<std::size_t>::max();
  parts_.connections.each([&](Connection& connection) {
    if (connection.ending || connection.deaf) return;
    connection.queue.push(bye, {.frames = kNoLimit, .bytes = kNoLimit});
    flush(connection);
  });
}

}  // namespace decnet::bus
