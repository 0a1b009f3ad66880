// UnixPeers: the broker of the UNIX bus and those who talk to it beside the worker: one who
// publishes, and one who hears the announcements and the broker's heartbeats.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "decnet/bus/envelope.h"
#include "tests/live_system.h"
#include "tests/torture/announcements.h"

namespace decnet::torture {

class UnixPeers {
 public:
  UnixPeers(std::filesystem::path socket, std::filesystem::path directory);
  UnixPeers(const UnixPeers&) = delete;
  UnixPeers& operator=(const UnixPeers&) = delete;
  ~UnixPeers();

  void start_broker();
  void end_broker(int signal);

  // Writes it to the socket; false when the broker is away. Threads: any.
  bool publish(const bus::Envelope& event);

  // What was heard so far.
  const Announcements& said();
  // Returns when the listener hears everything that is announced from then on.
  void await_listener() const;
  // Returns when the listener has heard whatever was announced before the call.
  void await_beat();
  // What the broker, in this life of it, says it dropped of what was for workers or for the
  // listener, at a beat that is newer than the call.
  std::uint64_t dropped_for_workers();
  std::uint64_t dropped_for_listener();

 private:
  void listen();
  void hear_beat(const Json& payload);

  const std::filesystem::path socket_;
  const std::filesystem::path directory_;
  std::unique_ptr<test::Daemon> broker_;
  std::mutex publishing_;
  std::unique_ptr<test::BusClient> publisher_;
  // Heard and not looked at yet: looking takes time, in which the broker would have to drop events.
  std::mutex heard_mutex_;
  std::vector<test::BusClient::Event> heard_;
  Announcements said_;
  std::atomic<std::uint64_t> beats_{0};
  std::atomic<std::uint64_t> dropped_for_workers_{0};
  std::atomic<std::uint64_t> dropped_for_listener_{0};
  std::atomic<bool> listening_{false};
  std::atomic<bool> ended_{false};
  std::thread listener_;
};

}  // namespace decnet::torture
