// LivePeer: who publishes to a worker under load and hears what it announces, on either bus. Made
// with its server, a real one.
//
// Threads: next_tagged() from another thread than the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace decnet::bench {

class LivePeer {
 public:
  virtual ~LivePeer() = default;

  // What a worker must be told to be on this bus.
  [[nodiscard]] virtual std::map<std::string, std::string> environment() const = 0;
  // Hands over the body of an event; it may still be on its way afterwards.
  virtual void publish(std::string_view topic, const std::string& body) = 0;
  // Returns when nothing is on its way to the server any more.
  virtual void flush() = 0;

  // From now on announcements are heard, or no longer.
  virtual void listen() = 0;
  virtual void stop_listening() = 0;
  // The session of the next ttp.tagged; nothing when none comes in that time.
  virtual std::optional<std::string> next_tagged(std::chrono::milliseconds time) = 0;
  // Events that the bus had to drop so far.
  virtual std::uint64_t dropped() = 0;
};

std::unique_ptr<LivePeer> make_unix_peer(const std::filesystem::path& directory);
std::unique_ptr<LivePeer> make_nats_peer(const std::filesystem::path& directory);

}  // namespace decnet::bench
