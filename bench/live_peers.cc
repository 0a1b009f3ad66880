#include "bench/live_peers.h"

#include <fmt/format.h>
#include <nats/nats.h>

#include <csignal>
#include <stdexcept>
#include <utility>

#include "decnet/base/json.h"
#include "decnet/bus/nats/nats_bus.h"
#include "tests/live_system.h"

namespace decnet::bench {
namespace {

std::string session_of(std::string_view body) {
  const auto message = Json::parse(body);
  const Json* payload = message ? message->find("payload") : nullptr;
  const Json* session = payload == nullptr ? nullptr : payload->find("session_id");
  return session == nullptr || session->string() == nullptr ? "" : *session->string();
}

class UnixPeer final : public LivePeer {
 public:
  explicit UnixPeer(const std::filesystem::path& directory)
      : socket_(directory / "bus.sock"),
        broker_(test::start_broker(socket_, directory)),
        publisher_(socket_, {}),
        watcher_(socket_, {"system.bus.health"}) {}

  [[nodiscard]] std::map<std::string, std::string> environment() const override {
    return {{"DECNET_BUS_TYPE", "unix"}, {"DECNET_BUS_SOCKET", socket_.string()}};
  }
  void publish(std::string_view topic, const std::string& body) override {
    if (!publisher_.publish(topic, body)) throw std::runtime_error("the broker is gone");
  }
  void flush() override {}  // publish() waits for the broker to take it

  void listen() override {
    listener_ = std::make_unique<test::BusClient>(socket_, std::vector<std::string>{"ttp.tagged"});
  }
  void stop_listening() override { listener_.reset(); }
  std::optional<std::string> next_tagged(std::chrono::milliseconds time) override {
    const auto event = listener_->next(time);
    return event ? std::optional(session_of(event->body)) : std::nullopt;
  }
  std::uint64_t dropped() override {
    while (watcher_.next(std::chrono::milliseconds{0})) {
    }
    const auto beat = watcher_.next();
    const auto body = Json::parse(beat ? beat->body : "");
    const Json* payload = body ? body->find("payload") : nullptr;
    const Json* dropped = payload == nullptr ? nullptr : payload->find("dropped");
    if (dropped == nullptr || dropped->integer() == nullptr) {
      throw std::runtime_error("the broker has no heartbeat");
    }
    return static_cast<std::uint64_t>(*dropped->integer());
  }

 private:
  const std::filesystem::path socket_;
  std::unique_ptr<test::Daemon> broker_;
  test::BusClient publisher_;
  test::BusClient watcher_;
  std::unique_ptr<test::BusClient> listener_;
};

void check(natsStatus status, const char* what) {
  if (status != NATS_OK) {
    throw std::runtime_error(fmt::format("{}: {}", what, natsStatus_GetText(status)));
  }
}

// With the client library alone. Publishing is asynchronous: a synchronous one would measure the
// way there and back.
class NatsPeer final : public LivePeer {
 public:
  explicit NatsPeer(const std::filesystem::path& directory) {
    const std::uint16_t port = test::free_port();
    url_ = fmt::format("nats://127.0.0.1:{}", port);
    server_ = test::start_nats(port, directory);
    {
      // The streams, as the product makes them.
      bus::NatsBusOptions options;
      options.url = url_;
      auto bus = bus::open_nats_bus(std::move(options)).value();
      const auto first = bus::make_envelope("attacker.observed", "observed", Json::object({}),
                                            system_clock().now());
      if (!test::eventually([&] { return bus->publish(first).has_value(); })) {
        throw std::runtime_error("the NATS server makes no streams");
      }
      bus->close();
    }
    check(natsConnection_ConnectTo(&connection_, url_.c_str()), "connect");
    check(natsConnection_JetStream(&stream_, connection_, nullptr), "JetStream");
  }
  NatsPeer(const NatsPeer&) = delete;
  NatsPeer& operator=(const NatsPeer&) = delete;
  ~NatsPeer() override {
    natsSubscription_Destroy(listener_);
    jsCtx_Destroy(stream_);
    natsConnection_Destroy(connection_);
  }

  [[nodiscard]] std::map<std::string, std::string> environment() const override {
    return {{"DECNET_BUS_TYPE", "nats"}, {"DECNET_BUS_URL", url_}};
  }
  void publish(std::string_view topic, const std::string& body) override {
    const std::string subject = fmt::format("decnet.{}", topic);
    check(js_PublishAsync(stream_, subject.c_str(), body.data(), static_cast<int>(body.size()),
                          nullptr),
          "publish");
  }
  void flush() override { check(js_PublishAsyncComplete(stream_, nullptr), "publish"); }

  void listen() override {
    check(natsConnection_SubscribeSync(&listener_, connection_, "decnet.ttp.tagged"), "subscribe");
    check(natsConnection_Flush(connection_), "subscribe");
  }
  void stop_listening() override { natsSubscription_Destroy(std::exchange(listener_, nullptr)); }
  std::optional<std::string> next_tagged(std::chrono::milliseconds time) override {
    natsMsg* message = nullptr;
    if (natsSubscription_NextMsg(&message, listener_, time.count()) != NATS_OK) return std::nullopt;
    auto session = session_of(
        {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))});
    natsMsg_Destroy(message);
    return session;
  }
  std::uint64_t dropped() override { return 0; }  // the stream keeps everything

 private:
  std::string url_;
  std::unique_ptr<test::Daemon> server_;
  natsConnection* connection_ = nullptr;
  jsCtx* stream_ = nullptr;
  natsSubscription* listener_ = nullptr;
};

}  // namespace

std::unique_ptr<LivePeer> make_unix_peer(const std::filesystem::path& directory) {
  return std::make_unique<UnixPeer>(directory);
}

std::unique_ptr<LivePeer> make_nats_peer(const std::filesystem::path& directory) {
  return std::make_unique<NatsPeer>(directory);
}

}  // namespace decnet::bench
