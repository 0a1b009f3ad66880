// Deliveries: what a broker sends. A frame that a peer does not take now waits for it; where there
// is no room the oldest ones give way, and what a peer loses by that is counted and said in the
// log.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/clock.h"
#include "decnet/base/limited_warning.h"
#include "decnet/bus/unix/broker.h"
#include "decnet/bus/unix/connections.h"
#include "decnet/bus/unix/epoll.h"
#include "decnet/bus/unix/losses.h"
#include "decnet/bus/unix/shared_counters.h"
#include "decnet/bus/unix/waiting_frames.h"

namespace decnet::bus {

class Deliveries {
 public:
  // What it works with; all of it outlives the deliveries but the connections, which go before them
  // (their queues hold frames of these) and come after them.
  struct Parts {
    const BrokerOptions& options;
    const Clock& clock;
    const Epoll& epoll;  // tells when a peer takes more
    const Connections& connections;
    SharedCounters& counters;
    Connections::Condemn condemn;
  };
  explicit Deliveries(Parts parts);

  // Sends an encoded EVT frame to all who want its topic, but not to who it came `from`. Null: it
  // is the broker's own, and no loss where it gives way.
  void send(std::string frame, const Connection* from);
  // Sends what the peer takes now.
  void flush(Connection& connection);
  // What waited for a peer that takes nothing any more is lost, and counted. Returns how many
  // events it was.
  std::uint64_t forget(Connection& connection);
  // BYE to all, after what waits for them: a socket that the last event has just filled has no room
  // for it yet.
  void say_good_bye();

  [[nodiscard]] const WaitingFrames& waiting() const { return waiting_; }
  [[nodiscard]] const Losses& losses() const { return losses_; }

 private:
  void enqueue(Connection& connection, const std::shared_ptr<const WaitingFrame>& frame);
  void make_room();
  void end_the_stuck();
  void note_dropped(Connection& connection, std::uint64_t events, std::string_view first_topic);
  void count_dropped(Connection& connection, std::uint64_t events);

  const Parts parts_;
  WaitingFrames waiting_;
  Losses losses_;
  log::LimitedWarning slowness_;  // peers can cause it as often as they like
};

}  // namespace decnet::bus
