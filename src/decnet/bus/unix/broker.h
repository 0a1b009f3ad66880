// Broker: the server of the UNIX socket bus. One thread, no persistence, at most once: a publisher
// never waits for a slow subscriber, whose oldest frames give way and are counted.
//
// Hostile peers cost themselves: limits on connections, patterns, bytes that arrive and bytes that
// wait, time inside a frame and time without taking a byte; a malformed frame ends its connection
// and no other. What all of them hold together is bounded too: then who holds most of the patterns,
// or has been longest at a frame, is ended, and the oldest of what waits gives way.
//
// What a client lost is in the heartbeat, by connection while that lives (`dropped_by_subscriber`)
// and by the name it greeted with for as long as the broker lives (`dropped_by_client`).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"

namespace decnet::bus {

struct BrokerOptions {
  std::filesystem::path socket;
  std::string group = "decnet";  // owns the socket file where it exists and we may say so
  std::chrono::milliseconds heartbeat{10'000};
  std::size_t max_connections = 1024;
  std::size_t max_patterns = 1024;                       // per connection
  std::size_t max_pattern_bytes = std::size_t{1} << 20;  // of all
  // Of all: frames that are arriving. Not counted: of each connection up to 128 KiB that came with
  // complete frames that wait for their turn.
  std::size_t max_unfinished_bytes = std::size_t{64} << 20;
  std::size_t max_queued_frames = 1024;                  // per connection
  std::size_t max_queued_bytes = std::size_t{64} << 20;  // per connection
  std::size_t max_total_bytes = std::size_t{256} << 20;  // of all; what many wait for counts once
  std::chrono::milliseconds frame_timeout{30'000};       // to complete a frame once begun
  std::chrono::milliseconds write_timeout{60'000};       // without taking a single byte
  std::chrono::milliseconds stop_grace{5'000};           // for peers to take what waits at the end
  // Called by run() at every turn of its loop, at least about once a second: a broker that is stuck
  // does not call it.
  std::function<void()> every_turn{};
  // What all times above are measured by; called by run().
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

struct BrokerCounters {
  std::uint64_t connections = 0;  // now
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;    // over max_connections
  std::uint64_t published = 0;  // events taken
  std::uint64_t delivered = 0;  // frames queued for subscribers
  std::uint64_t dropped = 0;    // of those, given up: a queue was full, or its subscriber left
  std::uint64_t dropped_for_all = 0;  // of the dropped: all queues together held too much
  std::uint64_t rejected = 0;         // events that may not travel (topic, payload, size)
  std::uint64_t broken = 0;           // connections ended for a malformed frame or a limit
};

class Broker {
 public:
  // Takes the socket: makes sure no live broker has it (it would be refused: kConflict), removes a
  // stale file, binds with mode 0660. The parent directory must exist, but is made when it lies
  // below the user's home. Errors name the path.
  static Result<std::unique_ptr<Broker>> open(BrokerOptions options,
                                              const Clock& clock = system_clock());
  virtual ~Broker() = default;

  // Serves until stop(). Then it takes no more connections, delivers what had arrived, gives peers
  // the time of `stop_grace` to take what waits for them, says BYE and removes the socket file.
  // A socket file that somebody removed is made again. Errors: kConflict when somebody put
  // something else in its place, after the same orderly end: peers that come back find that one.
  virtual Result<void> run() = 0;
  // From any thread or signal handler.
  virtual void stop() = 0;
  // Threads: any.
  [[nodiscard]] virtual BrokerCounters counters() const = 0;
};

}  // namespace decnet::bus
