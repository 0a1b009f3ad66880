// Connection: one peer of a broker: what it sent that is no frame yet, what it wants to hear, and
// what waits for it.
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "decnet/bus/unix/frame.h"
#include "decnet/bus/unix/socket.h"
#include "decnet/bus/unix/waiting_frames.h"

namespace decnet::bus {

struct Connection {
  using Instant = std::chrono::steady_clock::time_point;

  Connection(std::uint64_t its_number, Descriptor its_socket, Instant now)
      : number(its_number), socket(std::move(its_socket)), last_progress(now) {}

  // Reads one buffer of what came into `frames`; at the end of the stream, `ending`. False when
  // there was nothing.
  bool read(Instant now);
  // Sends what the peer takes now of what waits; nothing more comes of it when it left: `deaf`.
  void send(Instant now);

  // What it has been at for longer than it may; nothing when it is in time.
  [[nodiscard]] std::optional<std::string> overdue(Instant now,
                                                   std::chrono::milliseconds frame_timeout,
                                                   std::chrono::milliseconds write_timeout) const;

  [[nodiscard]] bool wants(std::string_view topic) const;
  void subscribe(std::string pattern);
  void unsubscribe(const std::string& pattern);
  void forget_patterns();
  // What the patterns cost, in bytes of memory.
  [[nodiscard]] std::size_t pattern_bytes() const { return pattern_bytes_; }
  [[nodiscard]] const std::set<std::string, std::less<>>& patterns() const { return patterns_; }

  const std::uint64_t number;
  const Descriptor socket;
  std::string name = "?";
  FrameReader frames;
  Instant frame_began;  // when the bytes of an incomplete frame began to arrive
  FrameQueue queue;
  // When the peer last took a byte, or the queue was empty.
  Instant last_progress;
  std::uint64_t dropped = 0;
  bool frames_wait = false;    // there may be complete ones in `frames`
  bool awaits_room = false;    // epoll tells when the peer takes more
  bool deaf = false;           // the peer takes nothing any more; what it sent still counts
  bool rejected_said = false;  // one WARNING a connection for events that may not travel
  bool ending = false;         // BYE was said or a limit was crossed: close once seen by the loop
  // What Connections has counted of it, in bytes.
  struct Counted {
    std::size_t unfinished = 0;
    std::size_t patterns = 0;
  } counted;

 private:
  std::set<std::string, std::less<>> patterns_;
  std::size_t pattern_bytes_ = 0;
};

}  // namespace decnet::bus
