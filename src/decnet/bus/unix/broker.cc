#include "decnet/bus/unix/broker.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "decnet/base/limited_warning.h"
#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/topic.h"
#include "decnet/bus/unix/broker_health.h"
#include "decnet/bus/unix/broker_socket.h"
#include "decnet/bus/unix/connections.h"
#include "decnet/bus/unix/deliveries.h"
#include "decnet/bus/unix/epoll.h"
#include "decnet/bus/unix/shared_counters.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.server";
using Instant = Connection::Instant;

class EpollBroker final : public Broker {
 public:
  EpollBroker(BrokerOptions options, const Clock& clock, BrokerSocket socket)
      : options_(std::move(options)),
        clock_(clock),
        socket_(std::move(socket)),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        deliveries_(
            {.options = options_,
             .clock = clock_,
             .epoll = epoll_,
             .connections = connections_,
             .counters = counters_,
             .condemn = [this](Connection& peer, const std::string& why) { hostile(peer, why); }}),
        connections_({.count = options_.max_connections,
                      .pattern_bytes = options_.max_pattern_bytes,
                      .unfinished_bytes = options_.max_unfinished_bytes},
                     kFirstPeer,
                     [this](Connection& peer, const std::string& why) { hostile(peer, why); }) {
    epoll_.add(socket_.listener(), EPOLLIN, kListener);
    epoll_.add(wake_.get(), EPOLLIN, kWake);
  }

  Result<void> run() override {
    started_ = options_.now();
    next_heartbeat_ = last_turn_ = started_;
    bool stopping = false;
    Result<void> outcome;
    while (!stopping) {
      if (options_.every_turn) options_.every_turn();
      if (options_.now() >= next_heartbeat_) {
        beat();
        outcome = stay_reachable();
        if (!outcome) break;
      }
      DECNET_TRY(const auto ready, epoll_.wait(time_to_wait()));
      const auto behind = std::exchange(behind_, {});
      for (const auto& [number, what] : ready) {
        if (number == kWake) {
          stopping = true;
        } else if (number == kListener) {
          accept_all();
        } else {
          serve(number, what);
        }
      }
      for (const std::uint64_t number : behind) serve(number, EPOLLIN);
      expire();
    }
    end_all();
    return outcome;
  }

  void stop() override {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  }

  [[nodiscard]] BrokerCounters counters() const override { return counters_.now(); }

 private:
  static constexpr std::uint64_t kListener = 0;
  static constexpr std::uint64_t kWake = 1;
  static constexpr std::uint64_t kFirstPeer = 2;
  // So that a heartbeat which names them all still fits a frame.
  static constexpr std::size_t kMaxNameBytes = 64;
  // Buffers read from each peer at the end: more than a socket holds.
  static constexpr std::size_t kLastTurns = 64;
  // Taken in one turn: however many come, those that are there are served in between.
  static constexpr int kMaxAtOnce = 64;
  static constexpr int kMaxFrames = 32;
  static constexpr int kAllFrames = std::numeric_limits<int>::max();
  static constexpr std::chrono::milliseconds kLongestWait{1000};

  // Until the next heartbeat, or for at most a second while somebody may run into a time limit.
  [[nodiscard]] std::chrono::milliseconds time_to_wait() const {
    if (!behind_.empty()) return std::chrono::milliseconds{0};
    const auto until =
        std::chrono::ceil<std::chrono::milliseconds>(next_heartbeat_ - options_.now());
    return std::clamp(until, std::chrono::milliseconds{0}, kLongestWait);
  }

  // Those who connect find us as long as the socket file is ours. Errors: kConflict.
  Result<void> stay_reachable() {
    if (socket_.is_ours()) return {};
    accept_all();  // who found the old one
    auto restored = socket_.restore();
    if (restored) {
      epoll_.add(socket_.listener(), EPOLLIN, kListener);
      log::warning(kComponent,
                   fmt::format("{}: was gone, and is there again", socket_.path().string()));
    } else if (restored.error().code == ErrorCode::kConflict) {
      // Two brokers on one path would split the bus: our peers are better off with that one.
      return fail(restored.error().in("the socket was replaced"));
    } else if (!std::exchange(unreachable_said_, true)) {
      log::error(kComponent, fmt::format("nobody can connect any more: {}; trying again",
                                         restored.error().message));
    }
    if (restored) unreachable_said_ = false;
    return {};
  }

  void accept_all() {
    for (int i = 0; i < kMaxAtOnce; ++i) {
      auto accepted = socket_.accept();
      if (!accepted) return;
      Connection* peer = accepted->socket
                             ? connections_.add(std::move(accepted->socket), options_.now())
                             : nullptr;
      if (peer == nullptr) {
        refuse();
        continue;
      }
      epoll_.add(peer->socket.get(), EPOLLIN, peer->number);
      counters_.count([this](BrokerCounters& c) {
        ++c.accepted;
        c.connections = connections_.size();
      });
    }
  }

  void refuse() {
    counters_.count([](BrokerCounters& c) { ++c.refused; });
    if (std::exchange(refused_said_, true)) return;
    log::warning(kComponent, fmt::format("refused a connection: {} are open already; said once, "
                                         "counted in system.bus.health",
                                         connections_.size()));
  }

  void serve(std::uint64_t number, std::uint32_t events) {
    Connection* found = connections_.find(number);
    if (found == nullptr) return;  // ended by an event before this one
    Connection& connection = *found;
    if ((events & EPOLLOUT) != 0) deliveries_.flush(connection);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(connection, kMaxFrames);
    if (connection.ending) end(number);
  }

  // One buffer, and so many of its frames, so that a fast publisher does not starve the others. The
  // rest of them is for the next turn. False when there was nothing.
  bool receive(Connection& connection, int max_frames) {
    if (!connection.frames_wait && !connection.read(options_.now())) return false;
    connection.frames_wait = true;
    for (int i = 0; i < max_frames && connection.frames_wait && !connection.ending; ++i) {
      auto frame = connection.frames.next();
      if (!frame) {
        hostile(connection, frame.error().message);
        break;
      }
      connection.frames_wait = frame->has_value();
      if (!connection.frames_wait) break;
      connection.frame_began = options_.now();
      obey(connection, **frame);
    }
    if (connection.frames_wait) behind_.insert(connection.number);
    connections_.settle(connection);
    return true;
  }

  void hostile(Connection& connection, const std::string& why) {
    hostility_.say(
        fmt::format("dropped {} ({}): {}", connection.number, printable(connection.name), why));
    counters_.count([](BrokerCounters& c) { ++c.broken; });
    connection.ending = true;
  }

  void obey(Connection& connection, Frame& frame) {
    switch (frame.verb) {
      case Verb::kHello:
        if (!frame.args.empty()) connection.name = frame.args.substr(0, kMaxNameBytes);
        return;
      case Verb::kSub:
        if (frame.args.empty()) return hostile(connection, "SUB without a pattern");
        if (connection.patterns().size() >= options_.max_patterns &&
            !connection.patterns().contains(frame.args)) {
          return hostile(connection, "too many patterns");
        }
        connection.subscribe(std::move(frame.args));
        return;
      case Verb::kUnsub:
        connection.unsubscribe(frame.args);
        return;
      case Verb::kPub:
        return publish(connection, frame);
      case Verb::kEvt:
        return hostile(connection, "EVT is the broker's to say");
      case Verb::kBye:
        connection.ending = true;
        return;
    }
  }

  void publish(Connection& from, const Frame& frame) {
    if (frame.args.empty()) return hostile(from, "PUB without a topic");
    Oddities oddities;
    auto envelope = decode(frame.args, frame.body, clock_.now(), &oddities);
    if (!envelope) return hostile(from, envelope.error().message);
    if (!is_topic(frame.args) || oddities.payload_not_object) {
      return reject(&from, frame.args,
                    oddities.payload_not_object ? "its payload is no object" : "that is no topic");
    }
    // Only payload and type survive: neither id nor time of a publisher is believed.
    fan_out(make_envelope(frame.args, std::move(envelope->type), std::move(envelope->payload),
                          clock_.now()),
            &from);
  }

  void reject(Connection* from, std::string_view topic, std::string_view why) {
    counters_.count([](BrokerCounters& c) { ++c.rejected; });
    if (from != nullptr && std::exchange(from->rejected_said, true)) return;
    rejections_.say(fmt::format("lost an event on \"{}\": {}", printable(topic), why));
  }

  void fan_out(const Envelope& envelope, Connection* from) {
    auto encoded = encode_frame(Verb::kEvt, envelope.topic, encode(envelope));
    if (!encoded) return reject(from, envelope.topic, encoded.error().message);
    counters_.count([](BrokerCounters& c) { ++c.published; });
    deliveries_.send(*std::move(encoded), from);
  }

  // Ends those that ran out of time or were marked while somebody else was served.
  void expire() {
    const Instant now = options_.now();
    // While this process stood still nobody could complete a frame or take a byte.
    const auto stood_still = std::max(now - std::exchange(last_turn_, now) - kLongestWait,
                                      std::chrono::steady_clock::duration{0});
    std::vector<std::uint64_t> over;
    connections_.each([&](Connection& connection) {
      connection.frame_began += stood_still;
      connection.last_progress += stood_still;
      const auto overdue = connection.overdue(now, options_.frame_timeout, options_.write_timeout);
      if (overdue && !connection.ending) hostile(connection, *overdue);
      if (connection.ending) over.push_back(connection.number);
    });
    for (const std::uint64_t number : over) end(number);
  }

  void end(std::uint64_t number) {
    Connection* connection = connections_.find(number);
    if (connection == nullptr) return;
    deliveries_.forget(*connection);
    connections_.erase(number);  // closing the descriptor takes it out of epoll
    counters_.count([this](BrokerCounters& c) { c.connections = connections_.size(); });
  }

  void beat() {
    const Instant now = options_.now();
    next_heartbeat_ = now + options_.heartbeat;
    auto envelope = make_envelope("system.bus.health", "bus.health", Json(), clock_.now());
    envelope.payload = health_of(counters(), connections_, deliveries_.waiting(),
                                 deliveries_.losses(), now - started_, envelope.ts);
    fan_out(envelope, nullptr);
  }

  void end_all() {
    epoll_.remove(wake_.get());
    socket_.close();
    take_what_had_arrived();
    deliveries_.say_good_bye();
    connections_.each([this](const Connection& connection) {
      // What a peer sends from now on wakes nobody.
      epoll_.change(connection.socket.get(), EPOLLOUT, connection.number);
    });
    await_takers(options_.now() + options_.stop_grace);
    std::uint64_t left = 0;
    connections_.each([&](Connection& connection) { left += deliveries_.forget(connection); });
    if (left > 0) {
      log::warning(kComponent,
                   fmt::format("stopped with {} events that {} subscribers did not take", left,
                               connections_.size()));
    }
    connections_.clear();
  }

  // Frames that lie in the sockets: their publishers have done their part. Whoever goes on
  // publishing does not keep us from ending.
  void take_what_had_arrived() {
    connections_.each([this](Connection& connection) {
      for (std::size_t turn = 0; turn < kLastTurns && !connection.ending; ++turn) {
        if (!receive(connection, kAllFrames)) break;
      }
    });
  }

  // Until all have taken everything, or time is over.
  void await_takers(Instant deadline) {
    for (;;) {
      std::vector<std::uint64_t> done;
      connections_.each([&](const Connection& connection) {
        if (connection.queue.empty()) done.push_back(connection.number);
      });
      for (const std::uint64_t number : done) connections_.erase(number);
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - options_.now());
      if (connections_.empty() || left.count() <= 0) return;
      if (options_.every_turn) options_.every_turn();
      const auto ready = epoll_.wait(std::min(left, kLongestWait));
      if (!ready) return;
      for (const auto& [number, what] : *ready) {
        if (Connection* found = connections_.find(number)) deliveries_.flush(*found);
      }
    }
  }

  const BrokerOptions options_;
  const Clock& clock_;
  BrokerSocket socket_;
  const Descriptor wake_;
  Epoll epoll_;
  SharedCounters counters_;
  bool refused_said_ = false;
  bool unreachable_said_ = false;
  // Peers can cause these as often as they like.
  log::LimitedWarning hostility_{kComponent, clock_};
  log::LimitedWarning rejections_{kComponent, clock_};
  Deliveries deliveries_;
  Connections connections_;
  std::set<std::uint64_t> behind_;  // of them, those with frames that were not obeyed yet
  Instant started_;
  Instant next_heartbeat_;
  Instant last_turn_;
};

}  // namespace

Result<std::unique_ptr<Broker>> Broker::open(BrokerOptions options, const Clock& clock) {
  DECNET_TRY(BrokerSocket socket, BrokerSocket::open(options.socket, options.group));
  return std::unique_ptr<Broker>(
      std::make_unique<EpollBroker>(std::move(options), clock, std::move(socket)));
}

}  // namespace decnet::bus
