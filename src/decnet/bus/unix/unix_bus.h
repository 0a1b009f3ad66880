// The client side of the UNIX socket bus. At most once by protocol: what matters is to drain the
// socket promptly, which a thread of its own does and nothing else.
//
// While the broker is away, or ends every connection at once, the client tries again (0.5 s,
// doubling to 30 s), greets and subscribes again by itself; the loss and the return are logged, and
// state() tells in between.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "decnet/base/clock.h"
#include "decnet/bus/bus.h"
#include "decnet/bus/delivery_queue.h"

namespace decnet::bus {

struct UnixBusOptions {
  std::filesystem::path socket;
  std::string client_name;  // only names us in the broker's log
  // Where a subscription with a durable name keeps what memory has no room for, in a directory of
  // that name; empty: nowhere, then the oldest is dropped and counted.
  std::filesystem::path spool{};
  // What such a subscription holds in memory.
  DeliveryQueue::Limits queue{};
  std::chrono::milliseconds first_retry{500};
  std::chrono::milliseconds last_retry{30'000};
  std::chrono::milliseconds write_timeout{5'000};
  // What tells how long a connection lasted.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  // Called before each wait for the next try, with its length, by the client's thread.
  std::function<void(std::chrono::milliseconds)> before_wait{};
};

// Tries to connect once before it returns; whether that worked is in state(). Never fails: a broker
// that is not there yet is awaited.
std::unique_ptr<Bus> open_unix_bus(UnixBusOptions options, const Clock& clock = system_clock());

}  // namespace decnet::bus
