#include "decnet/bus/nats/nats_bus.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "decnet/base/file.h"
#include "decnet/base/limited_warning.h"
#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/mailbox.h"
#include "decnet/bus/nats/nats_client.h"
#include "decnet/bus/nats/nats_link.h"
#include "decnet/bus/nats/nats_streams.h"
#include "decnet/bus/refusals.h"
#include "decnet/bus/topic.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.client";
// A blocking fetch lasts no longer, so that wake() and close() are heard.
constexpr std::chrono::milliseconds kSlice{200};
// How long the answer to "what is there?" may take. What comes later is there at the next question.
constexpr std::chrono::milliseconds kAnswer{25};
// Fetched at once: what a subscriber makes of a batch is a multiple of it. A message above it comes
// alone.
constexpr std::int64_t kFetchBytes = std::int64_t{8} << 20;
// The server takes no delay of nothing.
constexpr std::chrono::milliseconds kShortest{1};

std::string_view body_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

// Reads what came under a prefix.
struct Reader {
  std::string prefix;
  const Clock* clock = nullptr;

  [[nodiscard]] bool is_ours(std::string_view subject) const {
    return subject.size() > prefix.size() + 1 && subject.starts_with(prefix) &&
           subject[prefix.size()] == '.';
  }
  // Of a subject that is ours.
  [[nodiscard]] std::string_view topic_of(natsMsg* message) const {
    return std::string_view(natsMsg_GetSubject(message)).substr(prefix.size() + 1);
  }
  // Of a message that is ours. Errors: kInvalid for what is no envelope.
  [[nodiscard]] Result<Envelope> envelope_of(natsMsg* message) const {
    return decode(topic_of(message), body_of(message), clock->now());
  }
  // What is delivered in place of one.
  [[nodiscard]] Envelope damaged(natsMsg* message) const {
    const std::string_view body = body_of(message);
    Envelope envelope = make_envelope(std::string(topic_of(message)), "", Json(), clock->now());
    envelope.payload =
        Json::object({{"undecodable", to_valid_utf8(body.substr(0, kMaxDamagedBytes))},
                      {"bytes", static_cast<std::int64_t>(body.size())}});
    envelope.id.clear();
    return envelope;
  }
};

// Events through a pull consumer: they stay with the server until they are acknowledged.
class DurableSubscription final : public Subscription {
 public:
  DurableSubscription(std::shared_ptr<NatsLink> link, Reader reader,
                      std::vector<std::string> patterns, std::string_view name)
      : link_(std::move(link)),
        reader_(std::move(reader)),
        wanted_(std::move(patterns)),
        name_(name) {}
  DurableSubscription(const DurableSubscription&) = delete;
  DurableSubscription& operator=(const DurableSubscription&) = delete;
  ~DurableSubscription() override = default;

  // Makes sure of streams and consumer; nothing is lost from then on. next() does it when needed.
  Result<void> ensure() {
    const auto session = link_->session();
    if (!session) return fail(ErrorCode::kUnavailable, "nats: not connected");
    if (subscription_ && session == session_ && consumer_is_there(*session)) return {};
    forget();
    DECNET_CHECK(ensure_streams(*session, link_->options()));
    DECNET_TRY(const bool made, ensure_consumer(*session, link_->options(), name_));
    if (made) link_->count_remade();
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = kEventStream;
    options.Consumer = name_.c_str();
    natsSubscription* native = nullptr;
    jsErrCode code{};
    const natsStatus status = js_PullSubscribe(&native, session->jetstream.get(), "", name_.c_str(),
                                               nullptr, &options, &code);
    if (status != NATS_OK) return fail(nats_error(status, "consumer " + name_, code));
    subscription_.reset(native);
    session_ = session;
    looked_ = std::chrono::steady_clock::now();
    said_.clear();
    link_->set_problem("");
    in_force_on_ = session.get();
    return {};
  }

  std::vector<Delivery> next(std::size_t max, std::chrono::milliseconds wait) override {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    std::vector<Delivery> deliveries;
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (take_wake() || stopped_ || link_->closed()) return deliveries;
      auto fetched = fetch(max, std::clamp(left, std::chrono::milliseconds{1}, kSlice), deliveries);
      if (!fetched) {
        // That there is no connection is the link's to tell.
        if (const auto session = link_->session()) {
          say_once(fetched.error().message);
          session->streams_ready = false;  // they may be what is missing
        }
        forget();
        pause(std::min(std::max(left, std::chrono::milliseconds{0}), kSlice));
      }
      if (!deliveries.empty() || left.count() <= 0) return deliveries;
    }
  }

  void acknowledge(std::span<const Delivery> deliveries) override {
    // Should the word get lost, the event comes again and adds nothing.
    for (const Delivery& delivery : deliveries) answer(delivery, "+ACK", true);
    if (const auto session = link_->session()) {
      (void)natsConnection_FlushTimeout(session->connection.get(), 1000);
    }
  }

  void postpone(std::span<const Delivery> deliveries, std::chrono::milliseconds delay) override {
    const std::string no = fmt::format(
        R"(-NAK {{"delay": {}}})", std::chrono::nanoseconds(std::max(delay, kShortest)).count());
    for (const Delivery& delivery : deliveries) answer(delivery, no.c_str(), true);
  }

  void keep(std::span<const Delivery> deliveries) override {
    for (const Delivery& delivery : deliveries) answer(delivery, "+WPI", false);
  }

  void stop() override { stopped_ = true; }
  // The server keeps them.
  [[nodiscard]] std::size_t depth() const override { return 0; }

  [[nodiscard]] bool in_force() const override {
    const auto session = link_->session();
    return session && session.get() == in_force_on_;
  }

  void wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] SubscriptionCounters counters() const override {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  // By the delivery's reply subject: the library's own messages die with the native subscription,
  // which is made anew after an error.
  void answer(const Delivery& delivery, const char* text, bool last) {
    const auto found = unacknowledged_.find(delivery.token);
    if (found == unacknowledged_.end()) return;
    if (const auto session = link_->session()) {
      (void)natsConnection_PublishString(session->connection.get(), found->second.c_str(), text);
    }
    if (last) unacknowledged_.erase(found);
  }

  // A server tells nobody who asks later that a stream or a consumer was deleted: it does not
  // answer, as when there is nothing. So it is asked now and then.
  bool consumer_is_there(NatsSession& session) {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ < link_->options().look_again) return true;
    const auto there = has_consumer(session, name_);
    if (!there || *there) {  // who does not answer may still have it
      looked_ = now;
      return true;
    }
    log::warning(kComponent,
                 fmt::format("nats: consumer {} of stream {} is gone, and with a stream "
                             "what it held; making what is missing",
                             name_, kEventStream));
    session.streams_ready = false;
    return false;
  }

  bool take_wake() {
    const std::lock_guard lock(mutex_);
    return std::exchange(woken_, false);
  }

  void pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return woken_; });
  }

  void say_once(const std::string& problem) {
    if (problem == said_) return;
    said_ = problem;
    link_->set_problem(problem);
    log::warning(kComponent, fmt::format("{}; trying again", problem));
  }

  void forget() {
    in_force_on_ = nullptr;
    subscription_.reset();
    session_.reset();
  }

  // First what is there, without waiting; if that is nothing, waits for one: a fetch of many would
  // wait until it has as many.
  Result<void> fetch(std::size_t max, std::chrono::milliseconds wait,
                     std::vector<Delivery>& deliveries) {
    DECNET_CHECK(ensure());
    jsFetchRequest request;
    jsFetchRequest_Init(&request);
    request.Batch = static_cast<int>(std::min<std::size_t>(max, 10'000));
    request.MaxBytes = kFetchBytes;
    request.NoWait = true;
    request.Expires = std::chrono::nanoseconds(kAnswer).count();
    natsMsgList list{};
    natsStatus status = natsSubscription_FetchRequest(&list, subscription_.get(), &request);
    if (status == NATS_TIMEOUT || status == NATS_NOT_FOUND || list.Count == 0) {
      natsMsgList_Destroy(&list);
      list = {};
      status = natsSubscription_Fetch(&list, subscription_.get(), 1, wait.count(), nullptr);
    }
    if (status == NATS_OK) {
      for (int i = 0; i < list.Count; ++i) {
        take(NatsMessage(std::exchange(list.Msgs[i], nullptr)), deliveries);
      }
    }
    natsMsgList_Destroy(&list);
    if (status != NATS_OK && status != NATS_TIMEOUT && status != NATS_NOT_FOUND) {
      return fail(nats_error(status, "fetch"));
    }
    return {};
  }

  // A stream made by others can hold what a bus of another prefix waits for, by the same consumer.
  void leave(natsMsg* message) {
    const std::chrono::milliseconds delay = std::max(link_->options().ack_wait, kShortest);
    (void)natsMsg_NakWithDelay(message, delay.count(), nullptr);
    if (std::exchange(said_foreign_, true)) return;
    log::warning(kComponent,
                 fmt::format("nats: consumer {} gives {}, which is not under {}: left to others; "
                             "give each prefix a server or an account of its own",
                             name_, printable(natsMsg_GetSubject(message)), reader_.prefix));
  }

  void take(NatsMessage message, std::vector<Delivery>& deliveries) {
    if (!reader_.is_ours(natsMsg_GetSubject(message.get()))) return leave(message.get());
    const std::string_view topic = reader_.topic_of(message.get());
    const bool wanted =
        std::any_of(wanted_.begin(), wanted_.end(),
                    [topic](const std::string& pattern) { return topic_matches(pattern, topic); });
    auto envelope = reader_.envelope_of(message.get());
    const std::lock_guard lock(mutex_);
    ++counters_.received;
    if (!envelope) ++counters_.undecodable;
    if (!wanted) {
      (void)natsMsg_Ack(message.get(), nullptr);
      return;
    }
    Delivery delivery{envelope ? *std::move(envelope) : reader_.damaged(message.get()),
                      next_token_++, 1};
    if (!envelope) delivery.damage = envelope.error().message;
    jsMsgMetaData* meta = nullptr;
    if (natsMsg_GetMetaData(&meta, message.get()) == NATS_OK) {
      delivery.attempt = meta->NumDelivered;
      delivery.taken_at = UtcTime(
          std::chrono::duration_cast<UtcTime::duration>(std::chrono::nanoseconds(meta->Timestamp)));
    }
    jsMsgMetaData_Destroy(meta);
    const char* reply = natsMsg_GetReply(message.get());
    unacknowledged_[delivery.token] = reply == nullptr ? "" : reply;
    deliveries.push_back(std::move(delivery));
  }

  const std::shared_ptr<NatsLink> link_;
  const Reader reader_;
  const std::vector<std::string> wanted_;
  const std::string name_;
  std::shared_ptr<NatsSession> session_;  // that subscription_ belongs to
  NatsSubscription subscription_;
  std::chrono::steady_clock::time_point looked_;         // last, whether the consumer is there
  std::map<std::uint64_t, std::string> unacknowledged_;  // by token: where to answer
  std::uint64_t next_token_ = 1;
  std::string said_;
  bool said_foreign_ = false;
  mutable std::mutex mutex_;  // woken_, counters_
  std::condition_variable changed_;
  SubscriptionCounters counters_;
  bool woken_ = false;
  std::atomic<bool> stopped_{false};
  std::atomic<const NatsSession*> in_force_on_{nullptr};
};

// Who hears one pattern of a subscription without a durable name.
struct Listener {
  Reader reader;
  std::weak_ptr<Mailbox> mailbox;
  std::size_t pattern = 0;
  std::shared_ptr<log::LimitedWarning> damage;
};

// On a thread of the client library. The server sends an event once for every pattern it matches:
// the first of them takes it.
void on_message(natsConnection*, natsSubscription*, natsMsg* native, void* closure) {
  const NatsMessage message(native);
  const Listener& listener = *static_cast<const Listener*>(closure);
  const auto mailbox = listener.mailbox.lock();
  if (!mailbox) return;
  if (!listener.reader.is_ours(natsMsg_GetSubject(message.get()))) return;
  auto envelope = listener.reader.envelope_of(message.get());
  if (!envelope) {
    listener.damage->say(fmt::format("{}: {}", printable(listener.reader.topic_of(message.get())),
                                     envelope.error().message));
    return mailbox->queue.count_undecodable();
  }
  const auto& patterns = mailbox->patterns;
  const auto first = std::find_if(
      patterns.begin(), patterns.end(),
      [&](const std::string& pattern) { return topic_matches(pattern, envelope->topic); });
  if (first - patterns.begin() != static_cast<std::ptrdiff_t>(listener.pattern)) return;
  mailbox->queue.push(*std::move(envelope),
                      static_cast<std::size_t>(natsMsg_GetDataLength(message.get())));
}

// The subscriptions without a durable name, on whatever session there is.
class Listeners {
 public:
  explicit Listeners(Reader reader) : reader_(std::move(reader)) {}

  std::shared_ptr<Mailbox> open(std::vector<std::string> patterns) {
    return mailboxes_.open(std::move(patterns));
  }

  // Every mailbox there is listens on that session, each once.
  Result<void> listen(NatsSession& session) {
    const std::lock_guard lock(mutex_);
    for (const auto& mailbox : mailboxes_.all()) {
      auto& made = session.plain[mailbox.get()];
      while (made.size() < mailbox->patterns.size()) {
        DECNET_TRY(auto native, listen(session, mailbox, made.size()));
        made.push_back(std::move(native));
      }
    }
    return {};
  }

  void close() { mailboxes_.close_all(); }

 private:
  Result<NatsSubscription> listen(NatsSession& session, const std::shared_ptr<Mailbox>& mailbox,
                                  std::size_t pattern) {
    natsSubscription* raw = nullptr;
    const std::string subject = fmt::format("{}.{}", reader_.prefix, mailbox->patterns[pattern]);
    auto listener = std::make_unique<Listener>(Listener{reader_, mailbox, pattern, damage_});
    natsStatus status = natsConnection_Subscribe(&raw, session.connection.get(), subject.c_str(),
                                                 &on_message, listener.get());
    if (status != NATS_OK) return fail(nats_error(status, subject));
    NatsSubscription native(raw);
    // The library calls back until it says that it is done with the subscription.
    status = natsSubscription_SetOnCompleteCB(
        raw, [](void* closure) { delete static_cast<Listener*>(closure); }, listener.get());
    (void)listener.release();
    if (status != NATS_OK) return fail(nats_error(status, subject));
    return native;
  }

  const Reader reader_;
  // Shared with callbacks, which may outlive us.
  const std::shared_ptr<log::LimitedWarning> damage_ =
      std::make_shared<log::LimitedWarning>(kComponent);
  Mailboxes mailboxes_;
  std::mutex mutex_;
};

class NatsBus final : public Bus {
 public:
  NatsBus(std::shared_ptr<NatsLink> link, std::shared_ptr<Listeners> listeners, Reader reader)
      : link_(std::move(link)), listeners_(std::move(listeners)), reader_(std::move(reader)) {}
  NatsBus(const NatsBus&) = delete;
  NatsBus& operator=(const NatsBus&) = delete;
  ~NatsBus() override { close(); }

  Result<std::unique_ptr<Subscription>> subscribe(std::span<const std::string> patterns,
                                                  std::string_view durable_name) override {
    DECNET_CHECK(check_subscription(patterns, durable_name));
    if (link_->closed()) return fail(ErrorCode::kUnavailable, "the bus is closed");
    std::vector<std::string> wanted(patterns.begin(), patterns.end());
    if (!durable_name.empty()) {
      auto subscription =
          std::make_unique<DurableSubscription>(link_, reader_, std::move(wanted), durable_name);
      (void)subscription->ensure();  // what fails now is tried and told by next()
      return std::unique_ptr<Subscription>(std::move(subscription));
    }
    auto mailbox = listeners_->open(std::move(wanted));
    if (const auto session = link_->session()) {
      // What fails now is done when the next connection is made.
      (void)listeners_->listen(*session);
      (void)natsConnection_FlushTimeout(session->connection.get(), 1000);
    }
    return subscription_of(std::move(mailbox));
  }

  Result<void> publish(const Envelope& envelope) override {
    auto sent = send(envelope);
    link_->count_publish(sent.has_value());
    return sent;
  }

  [[nodiscard]] State state() const override { return link_->state(); }
  [[nodiscard]] bool durable() const override { return true; }
  [[nodiscard]] bool hears_itself() const override { return false; }

  void close() override {
    link_->close();
    listeners_->close();
  }

 private:
  Result<void> send(const Envelope& envelope) {
    const std::string body = encode(envelope);
    DECNET_CHECK(check_publication(envelope.topic, body));
    const auto session = link_->session();
    if (!session) return fail(ErrorCode::kUnavailable, "nats: not connected");
    const std::string subject = fmt::format("{}.{}", reader_.prefix, envelope.topic);
    const int size = static_cast<int>(body.size());
    const std::int64_t limit = natsConnection_GetMaxPayload(session->connection.get());
    if (limit > 0 && size > limit) return fail(too_large(subject, body.size(), limit));
    if (!in_stream(envelope.topic)) {
      const natsStatus status =
          natsConnection_Publish(session->connection.get(), subject.c_str(), body.data(), size);
      if (status == NATS_MAX_PAYLOAD) return fail(too_large(subject, body.size(), limit));
      if (status != NATS_OK) return fail(nats_error(status, subject));
      return {};
    }
    DECNET_CHECK(ensure_streams(*session, link_->options()));
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = envelope.id.c_str();
    options.MaxWait = 5000;
    jsErrCode code{};
    const natsStatus status = js_Publish(nullptr, session->jetstream.get(), subject.c_str(),
                                         body.data(), size, &options, &code);
    if (status == NATS_MAX_PAYLOAD) return fail(too_large(subject, body.size(), limit));
    if (status != NATS_OK) {
      // Nobody takes it: the stream was deleted since we saw it. The next try makes it again.
      if (status == NATS_NO_RESPONDERS) session->streams_ready = false;
      Error error = nats_error(status, subject, code);
      if (code == JSStreamMessageExceedsMaximumErr) {
        error.code = ErrorCode::kInvalid;
        error.message += fmt::format(" (body of {} bytes)", body.size());
      }
      return fail(std::move(error));
    }
    return {};
  }

  // The id in the header counts too: a body just under the limit can be over it.
  static Error too_large(std::string_view subject, std::size_t size, std::int64_t limit) {
    return {ErrorCode::kInvalid,
            fmt::format("nats: {}: body of {} bytes and its header are over the server's "
                        "max_payload of {}",
                        subject.substr(0, 200), size, limit)};
  }

  const std::shared_ptr<NatsLink> link_;
  const std::shared_ptr<Listeners> listeners_;
  const Reader reader_;
};

}  // namespace

Result<std::unique_ptr<Bus>> open_nats_bus(NatsBusOptions wanted, const Clock& clock) {
  // The library would find out at the first connection, and we try for ever.
  for (const auto* file : {&wanted.credentials, &wanted.ca, &wanted.certificate, &wanted.key}) {
    if (!file->empty() && ::access(file->c_str(), R_OK) != 0) {
      return fail(ErrorCode::kInvalid, "nats: " + system_error(*file, errno).message);
    }
  }
  if (names_tls_files(wanted) && !has_tls_url(wanted)) {
    log::info(kComponent, "nats: TLS, as certificates are named (tls:// in the URL says it too)");
  }
  const Reader reader{wanted.prefix, &clock};
  auto listeners = std::make_shared<Listeners>(reader);
  DECNET_TRY(auto link, NatsLink::open(std::move(wanted), [listeners](NatsSession& session) {
               return listeners->listen(session);
             }));
  return std::unique_ptr<Bus>(
      std::make_unique<NatsBus>(std::move(link), std::move(listeners), reader));
}

}  // namespace decnet::bus
