// Bus: where events come from and announcements go, whatever carries them.
//
// Threads:   publish() and state() from any thread; a Subscription belongs to one thread.
// Lifetime:  subscriptions do not outlive their bus.
// Delivery:  a transport is durable (nats: what was not acknowledged comes again) or not (unix: at
//            most once; what this side had to drop is counted). A transport that loses its peer
//            reconnects by itself with back-off and subscribes again; state() says so meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/bus/envelope.h"

namespace decnet::bus {

// One event handed over. `token` names it towards the subscription that delivered it.
struct Delivery {
  Envelope envelope;
  std::uint64_t token = 0;
  std::uint64_t attempt = 1;  // 2 and more: delivered before and not acknowledged
  // When the transport took it, where a durable one knows: deliveries of processes that died count
  // as attempts, and only this tells them from patience.
  std::optional<UtcTime> taken_at = std::nullopt;
  // Not empty: what came is no envelope, for this reason. Only a durable transport delivers such:
  // then `envelope` has the topic, no id, and as payload {"undecodable": the beginning of the body
  // as text, "bytes": its size}.
  std::string damage = {};
};

// How much of a body that is no envelope is delivered.
inline constexpr std::size_t kMaxDamagedBytes = std::size_t{16} << 10;

struct SubscriptionCounters {
  std::uint64_t received = 0;
  std::uint64_t dropped = 0;      // by this side, because its queue was full
  std::uint64_t spooled = 0;      // kept on disk, because its queue was full
  std::uint64_t undecodable = 0;  // bodies that were no envelope
};

class Subscription {
 public:
  virtual ~Subscription() = default;

  // Deliveries in order, at least one and at most `max`, waiting up to `wait` for the first; empty
  // when none came, or when the bus was closed and everything was handed out.
  virtual std::vector<Delivery> next(std::size_t max, std::chrono::milliseconds wait) = 0;

  // These are committed: a durable transport forgets them. Unknown tokens are ignored.
  virtual void acknowledge(std::span<const Delivery> deliveries) = 0;
  // These could not be committed now: a durable transport delivers them again after `delay`.
  virtual void postpone(std::span<const Delivery> deliveries, std::chrono::milliseconds delay) = 0;

  // These are still being worked on: a durable transport does not hand them to another worker yet.
  virtual void keep(std::span<const Delivery> deliveries) = 0;

  // Takes no more events. next() hands out those already taken, and then nothing, without waiting.
  virtual void stop() = 0;

  // Events taken and not handed out yet.
  [[nodiscard]] virtual std::size_t depth() const = 0;

  // While the link is up: whether what is published from now on comes, or waits at the peer to
  // come. Threads: any.
  [[nodiscard]] virtual bool in_force() const { return true; }

  // Wakes a next() that waits, from any thread (or a signal-safe context through the caller).
  virtual void wake() = 0;

  [[nodiscard]] virtual SubscriptionCounters counters() const = 0;
};

enum class Link { kConnected, kReconnecting, kClosed, kDisabled };

struct State {
  Link link = Link::kClosed;
  std::uint64_t reconnects = 0;
  std::uint64_t published = 0;
  std::uint64_t unpublished = 0;  // given up, because the peer was away or refused
  std::string last_error;  // why it is not connected, or does not deliver; empty: nothing is wrong
  // Times a durable transport had to make what keeps events for a subscription: the first time
  // ever, and when what it kept was gone.
  std::uint64_t remade = 0;
};

class Bus {
 public:
  virtual ~Bus() = default;

  // Everything matching one of `patterns`, from when it returns on. With a name, a durable
  // transport goes on where the subscription of that name left off; without one it keeps nothing
  // for it. An event matching several patterns comes once.
  virtual Result<std::unique_ptr<Subscription>> subscribe(std::span<const std::string> patterns,
                                                          std::string_view durable_name) = 0;

  // Hands the envelope over. Success means: the transport's peer has it (nats: stored in a stream
  // where one takes the topic; unix: written to the socket). Errors: kUnavailable (try again
  // later), kInvalid (topic or size: it will never pass).
  virtual Result<void> publish(const Envelope& envelope) = 0;

  [[nodiscard]] virtual State state() const = 0;
  [[nodiscard]] virtual bool durable() const = 0;       // not acknowledged means delivered again
  [[nodiscard]] virtual bool hears_itself() const = 0;  // own events come to own subscriptions

  // Says good-bye and ends every subscription. Safe to call twice.
  virtual void close() = 0;
};

}  // namespace decnet::bus
