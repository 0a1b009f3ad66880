// Connections: the peers of a broker, and bounds for what they hold together. Who is in the way of
// the others' share goes: of unfinished frames the oldest, as an honest peer completes its own
// within a few turns; of patterns, every one of which is held against every event, who has most.
//
// Threads: one. References stay valid until erase() or clear().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "decnet/bus/unix/connection.h"

namespace decnet::bus {

class Connections {
 public:
  struct Limits {
    std::size_t count;
    std::size_t pattern_bytes;
    std::size_t unfinished_bytes;
  };
  // Gets a peer that has to go, and why. It is to be erased before the loop's next turn.
  using Condemn = std::function<void(Connection&, const std::string& why)>;

  // The first peer is `first_number`.
  Connections(const Limits& limits, std::uint64_t first_number, Condemn condemn)
      : limits_(limits), next_number_(first_number), condemn_(std::move(condemn)) {}

  // Null when there are as many as there may be.
  Connection* add(Descriptor socket, Connection::Instant now);
  // Null when there is none.
  [[nodiscard]] Connection* find(std::uint64_t number) const;
  void erase(std::uint64_t number);
  void clear();

  // To be called when a peer's unfinished frame or its patterns have changed.
  void settle(Connection& connection);

  [[nodiscard]] std::size_t size() const { return by_number_.size(); }
  [[nodiscard]] bool empty() const { return by_number_.empty(); }
  [[nodiscard]] std::size_t unfinished_bytes() const { return unfinished_bytes_; }
  // In the order of their numbers.
  template <typename Action>
  void each(Action action) const {
    for (const auto& [number, connection] : by_number_) action(*connection);
  }

 private:
  void count(Connection& connection);
  void bound_unfinished();
  void bound_patterns();

  const Limits limits_;
  std::uint64_t next_number_;
  const Condemn condemn_;
  std::map<std::uint64_t, std::unique_ptr<Connection>> by_number_;
  std::size_t unfinished_bytes_ = 0;
  std::size_t pattern_bytes_ = 0;
};

}  // namespace decnet::bus
