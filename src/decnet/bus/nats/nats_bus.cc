#include "decnet/bus/nats/nats_bus.h"

#include <fmt/format.h>
#include <nats/nats.h>
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
#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/mailbox.h"
#include "decnet/bus/refusals.h"
#include "decnet/bus/topic.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.client";
constexpr std::array<std::string_view, 5> kEventTopics = {"attacker.>", "identity.>",
                                                          "credential.>", "email.>", "canary.>"};
constexpr std::string_view kTtpTopics = "ttp.>";
// The server forgets message ids after this long; a repeat after it is delivered again.
constexpr std::chrono::nanoseconds kDuplicateWindow = std::chrono::minutes{2};
// A blocking fetch lasts no longer, so that wake() and close() are heard.
constexpr std::chrono::milliseconds kSlice{200};
// How long the answer to "what is there?" may take. What comes later is there at the next question.
constexpr std::chrono::milliseconds kAnswer{25};
// Fetched at once: what a subscriber makes of a batch is a multiple of it. A message above it comes
// alone.
constexpr std::int64_t kFetchBytes = std::int64_t{8} << 20;
// The server takes no delay of nothing.
constexpr std::chrono::milliseconds kShortest{1};

template <typename T, void (*kDestroy)(T*)>
struct Destroyer {
  void operator()(T* object) const { kDestroy(object); }
};
template <typename T, void (*kDestroy)(T*)>
using Handle = std::unique_ptr<T, Destroyer<T, kDestroy>>;

using Options = Handle<natsOptions, natsOptions_Destroy>;
using Connection = Handle<natsConnection, natsConnection_Destroy>;
using JetStream = Handle<jsCtx, jsCtx_Destroy>;
using NativeSubscription = Handle<natsSubscription, natsSubscription_Destroy>;
using Message = Handle<natsMsg, natsMsg_Destroy>;

Error nats_error(natsStatus status, std::string_view what, jsErrCode code = {}) {
  std::string text = fmt::format("nats: {}: {}", what, natsStatus_GetText(status));
  if (static_cast<int>(code) != 0) text += fmt::format(" (JetStream {})", static_cast<int>(code));
  return {ErrorCode::kUnavailable, std::move(text)};
}

bool in_stream(std::string_view topic) {
  return topic_matches(kTtpTopics, topic) ||
         std::any_of(kEventTopics.begin(), kEventTopics.end(),
                     [topic](std::string_view pattern) { return topic_matches(pattern, topic); });
}

// What the bus, its callbacks and its subscriptions share.
struct Shared {
  NatsBusOptions options;
  const Clock* clock = nullptr;
  Connection connection;
  JetStream jetstream;
  mutable std::mutex mutex;  // state, streams_ready
  State state;
  bool streams_ready = false;

  [[nodiscard]] bool closed() const {
    const std::lock_guard lock(mutex);
    return state.link == Link::kClosed;
  }
  void set_link(Link link, std::string error) {
    const std::lock_guard lock(mutex);
    if (state.link == Link::kClosed) return;
    state.link = link;
    state.last_error = std::move(error);
  }

  Result<void> ensure_streams();
  [[nodiscard]] std::optional<Envelope> envelope_of(natsMsg* message) const;

 private:
  Result<void> ensure_stream(const char* name, std::span<const std::string_view> topics);
};

Result<void> Shared::ensure_streams() {
  {
    const std::lock_guard lock(mutex);
    if (streams_ready) return {};
  }
  DECNET_CHECK(ensure_stream(kEventStream, kEventTopics));
  DECNET_CHECK(ensure_stream(kTtpStream, std::span(&kTtpTopics, 1)));
  const std::lock_guard lock(mutex);
  streams_ready = true;
  return {};
}

Result<void> Shared::ensure_stream(const char* name, std::span<const std::string_view> topics) {
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  natsStatus status = js_GetStreamInfo(&info, jetstream.get(), name, nullptr, &code);
  jsStreamInfo_Destroy(info);
  if (status == NATS_OK) return {};
  if (status != NATS_NOT_FOUND) return fail(nats_error(status, name, code));
  if (!options.create_streams) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("nats: stream {} is missing and may not be created "
                            "(DECNET_NATS_CREATE=false)",
                            name));
  }
  std::vector<std::string> subjects;
  for (const std::string_view topic : topics) {
    subjects.push_back(fmt::format("{}.{}", options.prefix, topic));
  }
  std::vector<const char*> texts;
  for (const std::string& subject : subjects) texts.push_back(subject.c_str());
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = name;
  config.Subjects = texts.data();
  config.SubjectsLen = static_cast<int>(texts.size());
  config.Retention = js_LimitsPolicy;
  config.Storage = js_FileStorage;
  config.Duplicates = kDuplicateWindow.count();
  info = nullptr;
  status = js_AddStream(&info, jetstream.get(), &config, nullptr, &code);
  jsStreamInfo_Destroy(info);
  if (status != NATS_OK) return fail(nats_error(status, name, code));
  log::info(kComponent, fmt::format("made stream {}", name));
  return {};
}

std::optional<Envelope> Shared::envelope_of(natsMsg* message) const {
  std::string_view topic = natsMsg_GetSubject(message);
  if (topic.size() <= options.prefix.size() + 1) return std::nullopt;
  topic.remove_prefix(options.prefix.size() + 1);
  const std::string_view body(natsMsg_GetData(message),
                              static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  auto envelope = decode(topic, body, clock->now());
  if (!envelope) {
    log::warning(kComponent, fmt::format("{}: {}", printable(topic), envelope.error().message));
    return std::nullopt;
  }
  return *std::move(envelope);
}

// Events through a pull consumer: they stay with the server until they are acknowledged.
class DurableSubscription final : public Subscription {
 public:
  DurableSubscription(std::shared_ptr<Shared> shared, std::vector<std::string> patterns,
                      std::string_view name)
      : shared_(std::move(shared)), wanted_(std::move(patterns)), name_(name) {}
  DurableSubscription(const DurableSubscription&) = delete;
  DurableSubscription& operator=(const DurableSubscription&) = delete;
  ~DurableSubscription() override = default;

  // Makes sure of streams and consumer; nothing is lost from then on. next() does it when needed.
  Result<void> ensure() {
    if (subscription_) return {};
    if (natsConnection_Status(shared_->connection.get()) != NATS_CONN_STATUS_CONNECTED) {
      return fail(ErrorCode::kUnavailable, "nats: not connected");
    }
    DECNET_CHECK(shared_->ensure_streams());
    DECNET_CHECK(ensure_consumer());
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = kEventStream;
    options.Consumer = name_.c_str();
    natsSubscription* native = nullptr;
    jsErrCode code{};
    const natsStatus status = js_PullSubscribe(&native, shared_->jetstream.get(), "", name_.c_str(),
                                               nullptr, &options, &code);
    if (status != NATS_OK) return fail(nats_error(status, "consumer " + name_, code));
    subscription_.reset(native);
    said_.clear();
    return {};
  }

  std::vector<Delivery> next(std::size_t max, std::chrono::milliseconds wait) override {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    std::vector<Delivery> deliveries;
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (take_wake() || stopped_ || shared_->closed()) return deliveries;
      auto fetched = fetch(max, std::clamp(left, std::chrono::milliseconds{1}, kSlice), deliveries);
      if (!fetched) {
        say_once(fetched.error().message);
        subscription_.reset();
        pause(std::min(std::max(left, std::chrono::milliseconds{0}), kSlice));
      }
      if (!deliveries.empty() || left.count() <= 0) return deliveries;
    }
  }

  void acknowledge(std::span<const Delivery> deliveries) override {
    // Should the word get lost, the event comes again and adds nothing.
    for (const Delivery& delivery : deliveries) answer(delivery, "+ACK", true);
    (void)natsConnection_FlushTimeout(shared_->connection.get(), 1000);
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
    (void)natsConnection_PublishString(shared_->connection.get(), found->second.c_str(), text);
    if (last) unacknowledged_.erase(found);
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
    log::warning(kComponent, fmt::format("{}; trying again", problem));
  }

  // Made once for all workers of that name, and left as it is when it exists. No filter: the server
  // knows one a consumer, and there are nine patterns; what is not wanted is acknowledged unread.
  Result<void> ensure_consumer() {
    jsConsumerInfo* info = nullptr;
    jsErrCode code{};
    natsStatus status = js_GetConsumerInfo(&info, shared_->jetstream.get(), kEventStream,
                                           name_.c_str(), nullptr, &code);
    jsConsumerInfo_Destroy(info);
    if (status == NATS_OK) return {};
    if (status != NATS_NOT_FOUND) return fail(nats_error(status, "consumer " + name_, code));
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.Durable = name_.c_str();
    config.AckPolicy = js_AckExplicit;
    config.AckWait = std::chrono::nanoseconds(shared_->options.ack_wait).count();
    config.MaxDeliver = -1;  // giving up is the worker's decision, who keeps a dead letter
    config.MaxAckPending = 20'000;
    info = nullptr;
    status = js_AddConsumer(&info, shared_->jetstream.get(), kEventStream, &config, nullptr, &code);
    jsConsumerInfo_Destroy(info);
    if (status != NATS_OK) return fail(nats_error(status, "consumer " + name_, code));
    return {};
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
        take(Message(std::exchange(list.Msgs[i], nullptr)), deliveries);
      }
    }
    natsMsgList_Destroy(&list);
    if (status != NATS_OK && status != NATS_TIMEOUT && status != NATS_NOT_FOUND) {
      return fail(nats_error(status, "fetch"));
    }
    return {};
  }

  void take(Message message, std::vector<Delivery>& deliveries) {
    auto envelope = shared_->envelope_of(message.get());
    const std::lock_guard lock(mutex_);
    ++counters_.received;
    const bool wanted =
        envelope && std::any_of(wanted_.begin(), wanted_.end(), [&](const std::string& pattern) {
          return topic_matches(pattern, envelope->topic);
        });
    if (!wanted) {
      if (!envelope) ++counters_.undecodable;
      (void)natsMsg_Ack(message.get(), nullptr);
      return;
    }
    Delivery delivery{*std::move(envelope), next_token_++, 1};
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

  std::shared_ptr<Shared> shared_;
  const std::vector<std::string> wanted_;
  const std::string name_;
  NativeSubscription subscription_;
  std::map<std::uint64_t, std::string> unacknowledged_;  // by token: where to answer
  std::uint64_t next_token_ = 1;
  std::string said_;
  mutable std::mutex mutex_;  // woken_, counters_
  std::condition_variable changed_;
  SubscriptionCounters counters_;
  bool woken_ = false;
  std::atomic<bool> stopped_{false};
};

// Who hears one pattern of a subscription without a durable name.
struct Listener {
  std::shared_ptr<Shared> shared;
  std::weak_ptr<Mailbox> mailbox;
  std::size_t pattern = 0;
};

// On a thread of the client library. The server sends an event once for every pattern it matches:
// the first of them takes it.
void on_message(natsConnection*, natsSubscription*, natsMsg* native, void* closure) {
  const Message message(native);
  const Listener& listener = *static_cast<const Listener*>(closure);
  const auto mailbox = listener.mailbox.lock();
  if (!mailbox) return;
  auto envelope = listener.shared->envelope_of(message.get());
  if (!envelope) return mailbox->queue.count_undecodable();
  const auto& patterns = mailbox->patterns;
  const auto first = std::find_if(
      patterns.begin(), patterns.end(),
      [&](const std::string& pattern) { return topic_matches(pattern, envelope->topic); });
  if (first - patterns.begin() != static_cast<std::ptrdiff_t>(listener.pattern)) return;
  mailbox->queue.push(*std::move(envelope),
                      static_cast<std::size_t>(natsMsg_GetDataLength(message.get())));
}

class NatsBus final : public Bus {
 public:
  explicit NatsBus(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  NatsBus(const NatsBus&) = delete;
  NatsBus& operator=(const NatsBus&) = delete;
  ~NatsBus() override { close(); }

  Result<std::unique_ptr<Subscription>> subscribe(std::span<const std::string> patterns,
                                                  std::string_view durable_name) override {
    DECNET_CHECK(check_subscription(patterns, durable_name));
    if (shared_->closed()) return fail(ErrorCode::kUnavailable, "the bus is closed");
    std::vector<std::string> wanted(patterns.begin(), patterns.end());
    if (!durable_name.empty()) {
      auto subscription =
          std::make_unique<DurableSubscription>(shared_, std::move(wanted), durable_name);
      (void)subscription->ensure();  // what fails now is tried and told by next()
      return std::unique_ptr<Subscription>(std::move(subscription));
    }
    auto mailbox = mailboxes_.open(std::move(wanted));
    for (std::size_t i = 0; i < mailbox->patterns.size(); ++i) DECNET_CHECK(listen(mailbox, i));
    (void)natsConnection_FlushTimeout(shared_->connection.get(), 1000);
    return subscription_of(std::move(mailbox));
  }

  Result<void> publish(const Envelope& envelope) override {
    auto sent = send(envelope);
    const std::lock_guard lock(shared_->mutex);
    ++(sent ? shared_->state.published : shared_->state.unpublished);
    return sent;
  }

  [[nodiscard]] State state() const override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->state;
  }
  [[nodiscard]] bool durable() const override { return true; }
  [[nodiscard]] bool hears_itself() const override { return false; }

  void close() override {
    if (shared_->closed()) return;
    (void)natsConnection_FlushTimeout(shared_->connection.get(), 2000);
    shared_->set_link(Link::kClosed, "");
    plain_.clear();
    natsConnection_Close(shared_->connection.get());
    mailboxes_.close_all();
  }

 private:
  Result<void> send(const Envelope& envelope) {
    const std::string body = encode(envelope);
    DECNET_CHECK(check_publication(envelope.topic, body));
    if (natsConnection_Status(shared_->connection.get()) != NATS_CONN_STATUS_CONNECTED) {
      return fail(ErrorCode::kUnavailable, "nats: not connected");
    }
    const std::string subject = fmt::format("{}.{}", shared_->options.prefix, envelope.topic);
    const int size = static_cast<int>(body.size());
    if (!in_stream(envelope.topic)) {
      const natsStatus status =
          natsConnection_Publish(shared_->connection.get(), subject.c_str(), body.data(), size);
      if (status != NATS_OK) return fail(nats_error(status, subject));
      return {};
    }
    DECNET_CHECK(shared_->ensure_streams());
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = envelope.id.c_str();
    options.MaxWait = 5000;
    jsErrCode code{};
    const natsStatus status = js_Publish(nullptr, shared_->jetstream.get(), subject.c_str(),
                                         body.data(), size, &options, &code);
    if (status != NATS_OK) return fail(nats_error(status, subject, code));
    return {};
  }

  Result<void> listen(const std::shared_ptr<Mailbox>& mailbox, std::size_t pattern) {
    natsSubscription* native = nullptr;
    const std::string subject =
        fmt::format("{}.{}", shared_->options.prefix, mailbox->patterns[pattern]);
    auto listener = std::make_unique<Listener>(Listener{shared_, mailbox, pattern});
    natsStatus status = natsConnection_Subscribe(&native, shared_->connection.get(),
                                                 subject.c_str(), &on_message, listener.get());
    if (status != NATS_OK) return fail(nats_error(status, subject));
    plain_.emplace_back(native);
    // The library calls back until it says that it is done with the subscription.
    status = natsSubscription_SetOnCompleteCB(
        native, [](void* closure) { delete static_cast<Listener*>(closure); }, listener.get());
    (void)listener.release();
    if (status != NATS_OK) return fail(nats_error(status, subject));
    return {};
  }

  std::shared_ptr<Shared> shared_;
  Mailboxes mailboxes_;
  std::vector<NativeSubscription> plain_;
};

void on_connected(natsConnection*, void* shared) {
  static_cast<Shared*>(shared)->set_link(Link::kConnected, "");
}

void on_disconnected(natsConnection* connection, void* closure) {
  auto& shared = *static_cast<Shared*>(closure);
  if (shared.closed()) return;
  const char* why = nullptr;
  (void)natsConnection_GetLastError(connection, &why);
  const std::string text = why == nullptr || *why == '\0' ? "connection lost" : why;
  log::warning(kComponent, fmt::format("bus not reachable, trying again: {}", text));
  shared.set_link(Link::kReconnecting, text);
}

void on_reconnected(natsConnection*, void* closure) {
  auto& shared = *static_cast<Shared*>(closure);
  log::warning(kComponent, "bus is back, subscriptions renewed");
  shared.set_link(Link::kConnected, "");
  const std::lock_guard lock(shared.mutex);
  ++shared.state.reconnects;
  shared.streams_ready = false;  // it may be another server, or a restored one
}

// The last thing the library says about a connection: until then what it calls back with lives.
void on_closed(natsConnection*, void* closure) {
  delete static_cast<std::shared_ptr<Shared>*>(closure);
}

Result<Options> options_of(const NatsBusOptions& wanted, Shared* shared) {
  natsOptions* raw = nullptr;
  if (natsOptions_Create(&raw) != NATS_OK) return fail(ErrorCode::kInternal, "nats: no options");
  Options options(raw);
  natsStatus status = NATS_OK;
  const char* what = "options";
  const auto set = [&](const char* name, natsStatus result) {
    if (status == NATS_OK && result != NATS_OK) {
      status = result;
      what = name;
    }
  };
  std::vector<std::string> urls;
  std::string_view rest = wanted.url;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (comma != 0) urls.emplace_back(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  std::vector<const char*> servers;
  for (const std::string& url : urls) servers.push_back(url.c_str());
  set("URL", natsOptions_SetServers(raw, servers.data(), static_cast<int>(servers.size())));
  if (std::any_of(urls.begin(), urls.end(),
                  [](const std::string& url) { return url.starts_with("tls://"); })) {
    set("TLS", natsOptions_SetSecure(raw, true));
  }
  set("name", natsOptions_SetName(raw, wanted.client_name.c_str()));
  // One thread for all subscriptions, which keeps the order between patterns.
  set("delivery", natsOptions_UseGlobalMessageDelivery(raw, true));
  set("no echo", natsOptions_SetNoEcho(raw, true));
  set("retry", natsOptions_SetRetryOnFailedConnect(raw, true, &on_connected, shared));
  set("reconnect", natsOptions_SetMaxReconnect(raw, -1));
  set("reconnect wait", natsOptions_SetReconnectWait(raw, 500));
  set("jitter", natsOptions_SetReconnectJitter(raw, 250, 1000));
  set("callbacks", natsOptions_SetDisconnectedCB(raw, &on_disconnected, shared));
  set("callbacks", natsOptions_SetReconnectedCB(raw, &on_reconnected, shared));
  // While the server is away a publish is refused, not kept in memory where a crash loses it.
  set("buffer", natsOptions_SetReconnectBufSize(raw, 0));
  if (!wanted.credentials.empty()) {
    set("credentials file",
        natsOptions_SetUserCredentialsFromFiles(raw, wanted.credentials.c_str(), nullptr));
  }
  if (!wanted.ca.empty()) {
    set("CA file", natsOptions_LoadCATrustedCertificates(raw, wanted.ca.c_str()));
  }
  if (!wanted.certificate.empty()) {
    set("certificate or key file",
        natsOptions_LoadCertificatesChain(raw, wanted.certificate.c_str(), wanted.key.c_str()));
  }
  if (status != NATS_OK) {
    return fail(ErrorCode::kInvalid, fmt::format("nats: {}: {}", what, natsStatus_GetText(status)));
  }
  return options;
}

}  // namespace

Result<std::unique_ptr<Bus>> open_nats_bus(NatsBusOptions wanted, const Clock& clock) {
  auto shared = std::make_shared<Shared>();
  shared->clock = &clock;
  shared->state.link = Link::kReconnecting;
  // The library would find out at the first connection, and then try for ever.
  for (const auto* file : {&wanted.credentials, &wanted.ca, &wanted.certificate, &wanted.key}) {
    if (!file->empty() && ::access(file->c_str(), R_OK) != 0) {
      return fail(ErrorCode::kInvalid, "nats: " + system_error(*file, errno).message);
    }
  }
  DECNET_TRY(const Options options, options_of(wanted, shared.get()));
  shared->options = std::move(wanted);
  auto kept = std::make_unique<std::shared_ptr<Shared>>(shared);
  (void)natsOptions_SetClosedCB(options.get(), &on_closed, kept.get());
  natsConnection* connection = nullptr;
  const natsStatus status = natsConnection_Connect(&connection, options.get());
  if (status == NATS_OK || status == NATS_NOT_YET_CONNECTED) {
    (void)kept.release();
  } else {
    return fail(ErrorCode::kInvalid,
                fmt::format("nats: {}: {}", shared->options.url, natsStatus_GetText(status)));
  }
  shared->connection.reset(connection);
  if (status == NATS_OK) shared->set_link(Link::kConnected, "");
  jsCtx* jetstream = nullptr;
  const natsStatus context = natsConnection_JetStream(&jetstream, connection, nullptr);
  if (context != NATS_OK) {
    natsConnection_Close(connection);
    return fail(nats_error(context, "JetStream"));
  }
  shared->jetstream.reset(jetstream);
  return std::unique_ptr<Bus>(std::make_unique<NatsBus>(std::move(shared)));
}

}  // namespace decnet::bus
