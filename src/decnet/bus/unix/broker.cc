#include "decnet/bus/unix/broker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "decnet/base/file.h"
#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/topic.h"
#include "decnet/bus/unix/frame.h"
#include "decnet/bus/unix/socket.h"
#include "decnet/bus/unix/waiting_frames.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.server";
using Instant = std::chrono::steady_clock::time_point;

struct Connection {
  std::uint64_t number = 0;
  Descriptor socket;
  std::string name = "?";
  std::set<std::string, std::less<>> patterns;
  FrameReader frames;
  Instant frame_began;  // when the bytes of an incomplete frame began to arrive
  FrameQueue queue;
  Instant last_progress;  // when the peer last took a byte, or the queue was empty
  std::uint64_t dropped = 0;
  bool awaits_room = false;    // epoll tells when the peer takes more
  bool deaf = false;           // the peer takes nothing any more; what it sent still counts
  bool rejected_said = false;  // one WARNING a connection for events that may not travel
  bool ending = false;         // BYE was said or a limit was crossed: close once seen by the loop

  [[nodiscard]] bool wants(std::string_view topic) const {
    return std::any_of(patterns.begin(), patterns.end(), [topic](const std::string& pattern) {
      return topic_matches(pattern, topic);
    });
  }
};

class EpollBroker final : public Broker {
 public:
  EpollBroker(BrokerOptions options, const Clock& clock, Descriptor lock, Descriptor listener)
      : options_(std::move(options)),
        clock_(clock),
        lock_(std::move(lock)),
        listener_(std::move(listener)),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        reserve_(open_reserve()) {
    watch(EPOLL_CTL_ADD, listener_.get(), EPOLLIN, kListener);
    watch(EPOLL_CTL_ADD, wake_.get(), EPOLLIN, kWake);
  }

  Result<void> run() override {
    started_ = std::chrono::steady_clock::now();
    next_heartbeat_ = started_;
    std::array<epoll_event, 64> events{};
    bool stopping = false;
    while (!stopping) {
      if (options_.every_turn) options_.every_turn();
      if (std::chrono::steady_clock::now() >= next_heartbeat_) beat();
      const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                     static_cast<int>(time_to_wait().count()));
      if (ready < 0 && errno != EINTR) return fail(system_error(options_.socket, errno));
      for (int i = 0; i < std::max(ready, 0); ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 == kWake) {
          stopping = true;
        } else if (event.data.u64 == kListener) {
          accept_all();
        } else {
          serve(event.data.u64, event.events);
        }
      }
      expire();
    }
    end_all();
    return {};
  }

  void stop() override {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  }

  [[nodiscard]] BrokerCounters counters() const override {
    const std::lock_guard lock(counters_mutex_);
    return counters_;
  }

 private:
  static constexpr std::uint64_t kListener = 0;
  static constexpr std::uint64_t kWake = 1;
  static constexpr std::size_t kMaxNameBytes = 128;
  // Buffers read from each peer at the end: more than a socket holds.
  static constexpr std::size_t kLastTurns = 64;

  template <typename Change>
  void count(Change change) {
    const std::lock_guard lock(counters_mutex_);
    change(counters_);
  }

  void watch(int operation, int fd, std::uint32_t events, std::uint64_t number) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = number;
    if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) {
      log::error(kComponent, fmt::format("epoll: {}", std::strerror(errno)));
    }
  }

  // Until the next heartbeat, or for at most a second while somebody may run into a time limit.
  [[nodiscard]] std::chrono::milliseconds time_to_wait() const {
    const auto until = std::chrono::ceil<std::chrono::milliseconds>(
        next_heartbeat_ - std::chrono::steady_clock::now());
    return std::clamp(until, std::chrono::milliseconds{0}, std::chrono::milliseconds{1000});
  }

  void accept_all() {
    if (!reserve_) reserve_ = open_reserve();
    for (;;) {
      Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!socket && (errno == EMFILE || errno == ENFILE) && reserve_) {
        // Left in the backlog it would wake us for ever: the reserve makes room to turn it away.
        reserve_ = Descriptor();
        socket = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const bool turned_away = static_cast<bool>(socket);
        socket = Descriptor();
        reserve_ = open_reserve();
        if (!turned_away) return;  // without descriptors an empty backlog looks the same
        refuse();
        continue;
      }
      if (!socket) return;
      if (connections_.size() >= options_.max_connections) {
        refuse();
        continue;
      }
      const std::uint64_t number = next_number_++;
      auto connection = std::make_unique<Connection>();
      connection->number = number;
      connection->socket = std::move(socket);
      connection->last_progress = std::chrono::steady_clock::now();
      watch(EPOLL_CTL_ADD, connection->socket.get(), EPOLLIN, number);
      connections_[number] = std::move(connection);
      count([this](BrokerCounters& c) {
        ++c.accepted;
        c.connections = connections_.size();
      });
    }
  }

  static Descriptor open_reserve() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

  void refuse() {
    count([](BrokerCounters& c) { ++c.refused; });
    if (std::exchange(refused_said_, true)) return;
    log::warning(kComponent, fmt::format("refused a connection: {} are open already; said once, "
                                         "counted in system.bus.health",
                                         connections_.size()));
  }

  void serve(std::uint64_t number, std::uint32_t events) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;  // ended by an event before this one
    Connection& connection = *found->second;
    if ((events & EPOLLOUT) != 0) flush(connection);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(connection);
    if (connection.ending) end(number);
  }

  // One buffer, so that a fast publisher does not starve the others. False when there was nothing.
  bool receive(Connection& connection) {
    std::array<char, 1 << 16> buffer;
    const ssize_t got = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
      connection.ending = true;
      return false;
    }
    if (connection.frames.at_boundary()) {
      connection.frame_began = std::chrono::steady_clock::now();
    }
    connection.frames.feed({buffer.data(), static_cast<std::size_t>(got)});
    while (!connection.ending) {
      auto frame = connection.frames.next();
      if (!frame) {
        hostile(connection, frame.error().message);
        break;
      }
      if (!*frame) break;
      connection.frame_began = std::chrono::steady_clock::now();
      obey(connection, **frame);
    }
    return true;
  }

  void hostile(Connection& connection, const std::string& why) {
    log::warning(kComponent, fmt::format("dropped {} ({}): {}", connection.number,
                                         printable(connection.name), why));
    count([](BrokerCounters& c) { ++c.broken; });
    connection.ending = true;
  }

  void obey(Connection& connection, Frame& frame) {
    switch (frame.verb) {
      case Verb::kHello:
        if (!frame.args.empty()) connection.name = frame.args.substr(0, kMaxNameBytes);
        return;
      case Verb::kSub:
        if (frame.args.empty()) return hostile(connection, "SUB without a pattern");
        if (connection.patterns.size() >= options_.max_patterns &&
            !connection.patterns.contains(frame.args)) {
          return hostile(connection, "too many patterns");
        }
        connection.patterns.insert(std::move(frame.args));
        return;
      case Verb::kUnsub:
        connection.patterns.erase(frame.args);
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
    count([](BrokerCounters& c) { ++c.rejected; });
    if (from != nullptr && std::exchange(from->rejected_said, true)) return;
    log::warning(kComponent, fmt::format("lost an event on \"{}\": {}", printable(topic), why));
  }

  void fan_out(const Envelope& envelope, Connection* from) {
    auto encoded = encode_frame(Verb::kEvt, envelope.topic, encode(envelope));
    if (!encoded) return reject(from, envelope.topic, encoded.error().message);
    count([](BrokerCounters& c) { ++c.published; });
    auto frame = waiting_.add(*std::move(encoded), from != nullptr);
    for (const auto& [number, connection] : connections_) {
      if (connection.get() == from || connection->deaf || !connection->wants(envelope.topic)) {
        continue;
      }
      enqueue(*connection, frame, envelope.topic);
      flush(*connection);
    }
    frame.reset();  // what nobody waits for takes no room
    make_room(envelope.topic);
  }

  void enqueue(Connection& connection, const std::shared_ptr<const WaitingFrame>& frame,
               std::string_view topic) {
    if (connection.queue.empty()) connection.last_progress = std::chrono::steady_clock::now();
    const auto lost = connection.queue.push(
        frame, {.frames = options_.max_queued_frames, .bytes = options_.max_queued_bytes});
    note_dropped(connection, lost, topic);
    count([](BrokerCounters& c) { ++c.delivered; });
  }

  // When all queues together hold too much, the oldest frames of all give way: what a subscriber
  // waits for that was only just held up is younger than what one that stands still does not take.
  void make_room(std::string_view topic) {
    auto frame = waiting_.oldest();
    while (waiting_.bytes() > options_.max_total_bytes && frame) {
      for (const auto& [number, connection] : connections_) {
        if (!connection->queue.drop(*frame) || !frame->is_event()) continue;
        note_dropped(*connection, 1, topic);
        count([](BrokerCounters& c) { ++c.dropped_for_all; });
      }
      frame = waiting_.after(*frame);
    }
  }

  void note_dropped(Connection& connection, std::uint64_t events, std::string_view topic) {
    if (events == 0) return;
    if (connection.dropped == 0) {
      log::warning(kComponent,
                   fmt::format("{} ({}) is too slow: its oldest events are dropped, first for "
                               "{}; counted in system.bus.health",
                               connection.number, printable(connection.name), topic));
    }
    connection.dropped += events;
    count([events](BrokerCounters& c) { c.dropped += events; });
  }

  // Sends what the peer takes now.
  void flush(Connection& connection) {
    while (!connection.queue.empty()) {
      const std::string_view rest = connection.queue.rest();
      const ssize_t sent =
          ::send(connection.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) {
        if (errno == EINTR) continue;
        // A peer that left may have published before it did: it is read to its end.
        if (errno != EAGAIN) forget_queue(connection);
        break;
      }
      connection.last_progress = std::chrono::steady_clock::now();
      connection.queue.sent(static_cast<std::size_t>(sent));
    }
    const bool waiting = !connection.queue.empty();
    if (std::exchange(connection.awaits_room, waiting) == waiting) return;
    watch(EPOLL_CTL_MOD, connection.socket.get(),
          EPOLLIN | (waiting ? static_cast<std::uint32_t>(EPOLLOUT) : 0U), connection.number);
  }

  // What waited for a peer that takes nothing any more is lost, and counted.
  void forget_queue(Connection& connection) {
    connection.deaf = true;
    const std::uint64_t lost = connection.queue.clear();
    connection.dropped += lost;
    if (lost > 0) count([lost](BrokerCounters& c) { c.dropped += lost; });
  }

  // Ends those that ran out of time or were marked while somebody else was served.
  void expire() {
    const Instant now = std::chrono::steady_clock::now();
    std::vector<std::uint64_t> over;
    for (const auto& [number, connection] : connections_) {
      if (!connection->frames.at_boundary() &&
          now - connection->frame_began > options_.frame_timeout) {
        hostile(*connection, "a frame was begun and not completed");
      } else if (!connection->queue.empty() &&
                 now - connection->last_progress > options_.write_timeout) {
        hostile(*connection,
                fmt::format("took nothing, {} events were waiting", connection->queue.size()));
      }
      if (connection->ending) over.push_back(number);
    }
    for (const std::uint64_t number : over) end(number);
  }

  void end(std::uint64_t number) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    forget_queue(*found->second);
    connections_.erase(found);  // closing the descriptor takes it out of epoll
    count([this](BrokerCounters& c) { c.connections = connections_.size(); });
  }

  void beat() {
    const Instant now = std::chrono::steady_clock::now();
    next_heartbeat_ = now + options_.heartbeat;
    const double uptime = std::chrono::duration<double>(now - started_).count();
    Json::Object slow;
    for (const auto& [number, connection] : connections_) {
      if (connection->dropped == 0) continue;
      slow.emplace_back(fmt::format("{} {}", number, connection->name),
                        static_cast<std::int64_t>(connection->dropped));
    }
    const BrokerCounters c = counters();
    const auto integer = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    auto envelope = make_envelope("system.bus.health", "bus.health", Json(), clock_.now());
    envelope.payload = Json::object({{"pid", std::int64_t{::getpid()}},
                                     {"uptime_sec", std::round(uptime * 1000) / 1000},
                                     {"ts", envelope.ts},
                                     {"connections", integer(c.connections)},
                                     {"published", integer(c.published)},
                                     {"delivered", integer(c.delivered)},
                                     {"dropped", integer(c.dropped)},
                                     {"dropped_for_all", integer(c.dropped_for_all)},
                                     {"queued_bytes", integer(waiting_.bytes())},
                                     {"refused", integer(c.refused)},
                                     {"rejected", integer(c.rejected)},
                                     {"broken", integer(c.broken)},
                                     {"dropped_by_subscriber", Json(std::move(slow))}});
    fan_out(envelope, nullptr);
  }

  void end_all() {
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, wake_.get(), nullptr);
    listener_ = Descriptor();
    std::error_code ignored;
    std::filesystem::remove(options_.socket, ignored);
    take_what_had_arrived();
    for (const auto& [number, connection] : connections_) {
      // What a peer sends from now on wakes nobody.
      watch(EPOLL_CTL_MOD, connection->socket.get(), EPOLLOUT, number);
    }
    await_takers(std::chrono::steady_clock::now() + options_.stop_grace);
    std::size_t left = 0;
    for (const auto& [number, connection] : connections_) {
      left += connection->queue.size();
      forget_queue(*connection);
    }
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
    for (const auto& [number, connection] : connections_) {
      for (std::size_t turn = 0; turn < kLastTurns && !connection->ending; ++turn) {
        if (!receive(*connection)) break;
      }
    }
  }

  // Until all have taken everything and were told good-bye, or time is over.
  void await_takers(Instant deadline) {
    const std::string bye = *encode_frame(Verb::kBye, "", "");
    std::array<epoll_event, 64> events{};
    for (;;) {
      std::erase_if(connections_, [&bye](const auto& entry) {
        const Connection& connection = *entry.second;
        if (!connection.queue.empty()) return false;
        if (!connection.ending) {
          (void)send_all(connection.socket.get(), bye, std::chrono::milliseconds{0});
        }
        return true;
      });
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (connections_.empty() || left.count() <= 0) return;
      if (options_.every_turn) options_.every_turn();
      const auto wait = std::min(left, std::chrono::milliseconds{1000});
      const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                     static_cast<int>(wait.count()));
      for (int i = 0; i < std::max(ready, 0); ++i) {
        const std::uint64_t number = events[static_cast<std::size_t>(i)].data.u64;  // packed there
        const auto found = connections_.find(number);
        if (found != connections_.end()) flush(*found->second);
      }
    }
  }

  const BrokerOptions options_;
  const Clock& clock_;
  const Descriptor lock_;  // flock()ed as long as we live
  Descriptor listener_;
  const Descriptor wake_;
  const Descriptor epoll_;
  Descriptor reserve_;  // given up to turn a peer away when there are no more descriptors
  bool refused_said_ = false;
  WaitingFrames waiting_;  // before the connections, whose queues hold its frames
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t next_number_ = 2;
  Instant started_;
  Instant next_heartbeat_;
  mutable std::mutex counters_mutex_;
  BrokerCounters counters_;
};

Result<void> make_parent(const std::filesystem::path& socket) {
  const auto parent = socket.parent_path();
  std::error_code problem;
  if (parent.empty() || std::filesystem::is_directory(parent, problem)) return {};
  const char* home = std::getenv("HOME");
  const auto below_home = [&] {
    if (home == nullptr || *home == '\0') return false;
    const auto relative = parent.lexically_relative(home);
    return !relative.empty() && *relative.begin() != "..";
  };
  if (!below_home()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{}: no such directory; create it first", parent.string()));
  }
  std::filesystem::create_directories(parent, problem);
  if (problem) return fail(system_error(parent, problem.value()));
  return {};
}

// Two brokers that start at once must not both find the socket stale: who holds the lock may look.
Result<Descriptor> take_lock(const std::filesystem::path& socket) {
  const std::filesystem::path path = socket.string() + ".lock";
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail(system_error(path, errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict, fmt::format("{}: another broker has it", socket.string()));
  }
  return lock;
}

Result<void> remove_stale(const std::filesystem::path& socket) {
  DECNET_TRY(const bool taken, is_listening(socket));
  if (taken) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: another broker is listening there", socket.string()));
  }
  struct stat status {};
  if (::lstat(socket.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return fail(ErrorCode::kConflict,
                fmt::format("{}: is there and is no socket", socket.string()));
  }
  if (::unlink(socket.c_str()) != 0) return fail(system_error(socket, errno));
  return {};
}

void give_to_group(const std::filesystem::path& socket, const std::string& name) {
  if (name.empty()) return;
  const group* entry = ::getgrnam(name.c_str());
  if (entry == nullptr) return;
  if (::chown(socket.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) {
    log::debug(kComponent,
               fmt::format("{}: group stays: {}", socket.string(), std::strerror(errno)));
  }
}

}  // namespace

Result<std::unique_ptr<Broker>> Broker::open(BrokerOptions options, const Clock& clock) {
  DECNET_CHECK(make_parent(options.socket));
  DECNET_TRY(Descriptor lock, take_lock(options.socket));
  DECNET_CHECK(remove_stale(options.socket));
  DECNET_TRY(Descriptor listener, listen_unix(options.socket, 0660));
  give_to_group(options.socket, options.group);
  return std::unique_ptr<Broker>(std::make_unique<EpollBroker>(
      std::move(options), clock, std::move(lock), std::move(listener)));
}

}  // namespace decnet::bus
