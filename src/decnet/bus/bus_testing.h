// What tests of a bus and its real peer say, hear and wait for.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "decnet/bus/bus.h"

namespace decnet::bus::test {

inline constexpr std::chrono::milliseconds kTurn{50};
inline constexpr std::chrono::seconds kPatience{60};  // no test that passes waits for it

inline bool eventually(const std::function<bool()>& true_at_last) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (true_at_last()) return true;
    std::this_thread::yield();
  }
  return false;
}

// One that is told from others by its number.
inline Envelope event(std::string topic, int number = 0) {
  return make_envelope(std::move(topic), "kind", Json::object({{"n", number}}),
                       system_clock().now());
}

inline int number_of(const Delivery& delivery) {
  return static_cast<int>(*delivery.envelope.payload.find("n")->integer());
}

}  // namespace decnet::bus::test
