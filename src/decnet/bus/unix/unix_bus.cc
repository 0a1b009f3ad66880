#include "decnet/bus/unix/unix_bus.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/mailbox.h"
#include "decnet/bus/refusals.h"
#include "decnet/bus/unix/frame.h"
#include "decnet/bus/unix/socket.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.client";
// A connection that lasted so long was one.
constexpr std::chrono::seconds kSettled{5};

class UnixBus final : public Bus {
 public:
  UnixBus(UnixBusOptions options, const Clock& clock)
      : options_(std::move(options)),
        clock_(clock),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (auto connected = connect(); !connected) {
      lost(connected.error().message);
    }
    reader_ = std::thread([this] { run(); });
  }
  UnixBus(const UnixBus&) = delete;
  UnixBus& operator=(const UnixBus&) = delete;
  ~UnixBus() override { close(); }

  Result<std::unique_ptr<Subscription>> subscribe(std::span<const std::string> patterns,
                                                  std::string_view durable_name) override {
    DECNET_CHECK(check_subscription(patterns, durable_name));
    std::unique_ptr<Spool> spool;
    if (!durable_name.empty() && !options_.spool.empty()) {
      DECNET_TRY(spool, Spool::open(options_.spool / durable_name));
    }
    const auto limits = durable_name.empty() ? DeliveryQueue::Limits{} : options_.queue;
    auto mailbox = mailboxes_.open({patterns.begin(), patterns.end()}, std::move(spool), limits);
    const std::lock_guard lock(mutex_);
    if (state_.link == Link::kClosed) return fail(ErrorCode::kUnavailable, "the bus is closed");
    // Not connected, or failing now: connect() subscribes to everything in the mailboxes.
    for (const std::string& pattern : patterns) (void)send(Verb::kSub, pattern, "");
    return subscription_of(std::move(mailbox));
  }

  Result<void> publish(const Envelope& envelope) override {
    const std::string body = encode(envelope);
    const auto allowed = check_publication(envelope.topic, body);
    const std::lock_guard lock(mutex_);
    auto sent = allowed ? send(Verb::kPub, envelope.topic, body) : allowed;
    ++(sent ? state_.published : state_.unpublished);
    return sent;
  }

  [[nodiscard]] State state() const override {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  [[nodiscard]] bool durable() const override { return false; }
  [[nodiscard]] bool hears_itself() const override { return false; }

  void close() override {
    {
      const std::lock_guard lock(mutex_);
      if (state_.link != Link::kClosed) (void)send(Verb::kBye, "", "");
      state_.link = Link::kClosed;
    }
    stopping_.notify_all();
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
    if (reader_.joinable()) reader_.join();
    mailboxes_.close_all();
  }

 private:
  // Connects, greets and subscribes to all that is wanted.
  Result<void> connect() {
    DECNET_TRY(Descriptor socket, connect_unix(options_.socket));
    const std::lock_guard lock(mutex_);
    if (state_.link == Link::kClosed) return {};
    socket_ = std::move(socket);
    connected_at_ = options_.now();
    state_.link = Link::kConnected;
    DECNET_CHECK(send(Verb::kHello, options_.client_name, ""));
    for (const std::string& pattern : mailboxes_.patterns()) {
      DECNET_CHECK(send(Verb::kSub, pattern, ""));
    }
    return {};
  }

  // With mutex_ held. A frame sent in part would garble the stream: on failure the socket is shut
  // down, which the reader sees.
  Result<void> send(Verb verb, std::string_view args, std::string_view body) {
    DECNET_TRY(const std::string frame, encode_frame(verb, args, body));
    if (state_.link != Link::kConnected || !socket_) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("{}: not connected", options_.socket.string()));
    }
    auto sent = send_all(socket_.get(), frame, options_.write_timeout);
    if (!sent) {
      ::shutdown(socket_.get(), SHUT_RDWR);
      return fail(sent.error().in(options_.socket.string()));
    }
    return {};
  }

  void lost(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (state_.link == Link::kClosed) return;
    if (state_.link == Link::kConnected || state_.last_error.empty()) {
      log::warning(kComponent, fmt::format("bus not reachable, trying again: {}", why));
    }
    state_.link = Link::kReconnecting;
    state_.last_error = why;
    socket_ = Descriptor();
  }

  // Waits; false when the bus is being closed.
  bool wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, time, [this] { return state_.link == Link::kClosed; });
    return state_.link != Link::kClosed;
  }

  [[nodiscard]] bool connected() const {
    const std::lock_guard lock(mutex_);
    return state_.link == Link::kConnected;
  }
  [[nodiscard]] bool closed() const {
    const std::lock_guard lock(mutex_);
    return state_.link == Link::kClosed;
  }

  void run() {
    auto retry = options_.first_retry;
    while (!closed()) {
      if (connected()) {
        const std::string why = drain();
        lost(why);
        // A broker that has no room for us accepts, and closes: that is no end of being away.
        if (options_.now() - connected_at_ > kSettled) {
          retry = options_.first_retry;
        }
        continue;
      }
      if (options_.before_wait) options_.before_wait(retry);
      if (!wait(retry)) return;
      retry = std::min(retry * 2, options_.last_retry);
      if (auto again = connect(); !again) {
        lost(again.error().message);
        continue;
      }
      const std::lock_guard lock(mutex_);
      if (state_.link == Link::kClosed) return;
      ++state_.reconnects;
      state_.last_error.clear();
      log::warning(kComponent, "bus is back, subscriptions renewed");
    }
  }

  // Reads until the connection ends, and says why it did.
  std::string drain() {
    FrameReader frames;
    std::string buffer(std::size_t{1} << 16, '\0');
    for (;;) {
      pollfd wanted[2] = {{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      if (::poll(wanted, 2, -1) < 0 && errno != EINTR) return std::strerror(errno);
      if (wanted[1].revents != 0) return "closed";
      const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0) return frames.at_boundary() ? "the broker closed" : "cut inside a frame";
      if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) continue;
        return std::strerror(errno);
      }
      frames.feed(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
      for (;;) {
        auto frame = frames.next();
        if (!frame) return frame.error().message;
        if (!*frame) break;
        if ((*frame)->verb == Verb::kBye) return "the broker said good-bye";
        take(std::move(**frame));
      }
    }
  }

  void take(Frame frame) {
    if (frame.verb != Verb::kEvt) {
      log::warning(kComponent,
                   fmt::format("ignored a {} frame from the broker", to_string(frame.verb)));
      return;
    }
    const auto boxes = mailboxes_.for_topic(frame.args);
    if (boxes.empty()) return;
    Oddities oddities;
    auto envelope = decode(frame.args, frame.body, clock_.now(), &oddities);
    if (!envelope || oddities.payload_not_object) {
      if (!std::exchange(odd_said_, true)) {
        log::warning(kComponent, fmt::format("{}: {}; said once", printable(frame.args),
                                             envelope ? "payload is no object, read as {}"
                                                      : envelope.error().message));
      }
    }
    for (const auto& box : boxes) {
      if (envelope) {
        box->queue.push(*envelope, frame.body.size() + frame.args.size());
      } else {
        box->queue.count_undecodable();
      }
    }
  }

  const UnixBusOptions options_;
  const Clock& clock_;
  Mailboxes mailboxes_;
  const Descriptor wake_;
  mutable std::mutex mutex_;  // socket_ (replaced by the reader alone) and state_
  std::condition_variable stopping_;
  Descriptor socket_;
  State state_{Link::kReconnecting, 0, 0, 0, ""};
  // The reader's, once it runs.
  std::chrono::steady_clock::time_point connected_at_;
  bool odd_said_ = false;
  std::thread reader_;
};

}  // namespace

std::unique_ptr<Bus> open_unix_bus(UnixBusOptions options, const Clock& clock) {
  return std::make_unique<UnixBus>(std::move(options), clock);
}

}  // namespace decnet::bus
