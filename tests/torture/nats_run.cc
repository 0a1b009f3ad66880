// On NATS an event the stream accepted is never lost, and every new tag is announced.
#include <fmt/format.h>
#include <nats/nats.h>

#include <csignal>
#include <stdexcept>
#include <thread>

#include "decnet/bus/nats/nats_bus.h"
#include "tests/sqlite_file.h"
#include "tests/torture/feeder.h"
#include "tests/torture/scene.h"

namespace decnet::torture {
namespace {

void check(natsStatus status, const char* what) {
  if (status != NATS_OK) {
    throw std::runtime_error(fmt::format("{}: {}", what, natsStatus_GetText(status)));
  }
}

template <typename T, void (*kDestroy)(T*)>
struct Destroyer {
  void operator()(T* object) const { kDestroy(object); }
};
template <typename T, void (*kDestroy)(T*)>
using Handle = std::unique_ptr<T, Destroyer<T, kDestroy>>;

// The streams of a server, read with the client library alone.
class Streams {
 public:
  explicit Streams(const std::string& url) {
    natsConnection* connection = nullptr;
    check(natsConnection_ConnectTo(&connection, url.c_str()), "connect");
    connection_.reset(connection);
    jsCtx* context = nullptr;
    check(natsConnection_JetStream(&context, connection, nullptr), "JetStream");
    context_.reset(context);
  }

  // Every message of a stream: subject and body.
  void read(const char* stream,
            const std::function<void(std::string_view, std::string_view)>& message) {
    jsStreamInfo* info = nullptr;
    check(js_GetStreamInfo(&info, context_.get(), stream, nullptr, nullptr), stream);
    const auto first = info->State.FirstSeq;
    const auto last = info->State.LastSeq;
    jsStreamInfo_Destroy(info);
    for (std::uint64_t at = first; at <= last; ++at) {
      natsMsg* native = nullptr;
      check(js_GetMsg(&native, context_.get(), stream, at, nullptr, nullptr), "message");
      const Handle<natsMsg, natsMsg_Destroy> owned(native);
      message(natsMsg_GetSubject(native),
              {natsMsg_GetData(native), static_cast<std::size_t>(natsMsg_GetDataLength(native))});
    }
  }

  // Deliveries to the worker, and of them: not acknowledged.
  struct Deliveries {
    std::uint64_t all = 0;
    std::int64_t pending = 0;
  };
  Deliveries deliveries() {
    jsConsumerInfo* info = nullptr;
    check(js_GetConsumerInfo(&info, context_.get(), bus::kEventStream, "decnet-ttp", nullptr,
                             nullptr),
          "consumer");
    const Deliveries deliveries{info->Delivered.Consumer, info->NumAckPending};
    jsConsumerInfo_Destroy(info);
    return deliveries;
  }

 private:
  Handle<natsConnection, natsConnection_Destroy> connection_;
  Handle<jsCtx, jsCtx_Destroy> context_;
};

class NatsRun {
 public:
  explicit NatsRun(const Orders& orders)
      : port_(test::free_port()),
        url_(fmt::format("nats://127.0.0.1:{}", port_)),
        scene_(orders, {{"DECNET_BUS_TYPE", "nats"}, {"DECNET_BUS_URL", url_}}) {
    start_server();
    bus::NatsBusOptions options;
    options.url = url_;
    bus_ = bus::open_nats_bus(std::move(options)).value();
    feeder_.emplace(scene_.workload, scene_.source_rows,
                    [this](const bus::Envelope& event) { publish(event); });
  }

  int run(std::size_t kills) {
    scene_.start_worker();
    if (!scene_.worker_connects()) throw std::runtime_error(scene_.worker().errors());
    while (scene_.kills() < kills) {
      feeder_->feed(100 + scene_.random(400));
      blow();
      scene_.start_worker();
    }
    finish();
    return report();
  }

 private:
  void start_server() { server_ = test::start_nats(port_, scene_.directory); }
  void end_server() {
    scene_.tell("bus ends");
    server_->end(scene_.random(2) == 0 ? SIGKILL : SIGTERM);
    ++restarts_;
  }

  // Until the stream has it: then it may not be lost. Said again it is the same message.
  void publish(const bus::Envelope& event) const {
    if (!test::eventually([&] { return bus_->publish(event).has_value(); })) {
      fmt::print(stderr, "the stream takes no events\n");
      std::abort();
    }
  }

  void blow() {
    switch (scene_.random(10)) {
      case 0:  // the worker has just been started
        return scene_.kill_worker_at(Moment::kStarting);
      case 1:
        return scene_.kill_worker_at(Moment::kAnnouncing);
      case 2:
        return scene_.with_locked_database([this] { scene_.kill_worker_at(Moment::kLocked); });
      case 3:
        return scene_.kill_worker_at(Moment::kStopping);
      case 4:  // the server goes, comes back, and the worker goes on until it is killed
        scene_.pause_up_to(300);
        end_server();
        scene_.pause_up_to(300);
        start_server();
        scene_.worker_connects();
        return scene_.kill_worker_at(Moment::kWhenever);
      case 5:  // both are away
        scene_.pause_up_to(300);
        end_server();
        scene_.kill_worker_at(Moment::kWhenever);
        return start_server();
      case 6:  // locked for a while, killed later
        scene_.with_locked_database([this] { scene_.pause_up_to(2500); });
        return scene_.kill_worker_at(Moment::kCommitting);
      default:
        return scene_.kill_worker_at(Moment::kCommitting);
    }
  }

  [[nodiscard]] std::size_t unfinished() {
    scene_.stored.read();
    const auto fates = scene_.workload.compare(scene_.stored.by_event());
    return fates.fates.size() - fates.count(Fate::kWhole);
  }

  void finish() {
    scene_.tell("finish");
    scene_.worker_connects();
    feeder_->finish();
    scene_.source_rows.finish();
    // What was committed and not acknowledged comes again, too.
    Streams streams(url_);
    Scene::await_end([&] {
      const std::size_t left = unfinished() + scene_.outbox();
      return left > 0 ? left : static_cast<std::size_t>(streams.deliveries().pending);
    });
    scene_.stop_worker();
    scene_.stored.read();
  }

  int report() {
    scene_.tell("report");
    Streams streams(url_);
    Announcements said;
    streams.read(bus::kTtpStream, [&](std::string_view subject, std::string_view body) {
      const auto message = Json::parse(body).value();
      subject.remove_prefix(std::string_view("decnet.").size());
      said.add(subject, *message.find("payload"), *message.find("id")->string());
    });
    std::size_t accepted = 0;
    streams.read(bus::kEventStream, [&](std::string_view, std::string_view) { ++accepted; });
    const auto deliveries = streams.deliveries();
    const auto fates = scene_.workload.compare(scene_.stored.by_event());

    fmt::print("{} events published, {} tags expected, {} stored\n", feeder_->published(),
               fates.expected_tags, scene_.stored.uuids().size());
    scene_.report_blows();
    fmt::print("{} bus restarts; {} deliveries repeated, {} announcements, {} of them repeated\n",
               restarts_, deliveries.all - std::min<std::uint64_t>(deliveries.all, accepted),
               said.messages(), said.repeated());
    auto& verdict = scene_.verdict;
    verdict.check(accepted == feeder_->published(), "the server kept what it had accepted");
    verdict.check(fates.count(Fate::kWhole) == fates.fates.size(),
                  "every event's tags are stored, every one exactly once");
    scene_.check_tags(said);
    verdict.check(said.unsaid(scene_.stored.uuids()).empty(),
                  "every tag was named in a ttp.tagged and in a ttp.rule.fired");
    verdict.check(deliveries.pending == 0, "nothing waits to be acknowledged");
    verdict.check(
        test::SqliteFile(scene_.database).number("SELECT count(*) FROM decnet_dead_letter") == 0,
        "nothing was given up");
    return verdict.failures();
  }

  const std::uint16_t port_;
  const std::string url_;
  Scene scene_;
  std::unique_ptr<test::Daemon> server_;
  std::unique_ptr<bus::Bus> bus_;
  std::optional<Feeder> feeder_;
  std::size_t restarts_ = 0;
};

}  // namespace

int on_nats(const Orders& orders) { return NatsRun(orders).run(orders.kills); }

}  // namespace decnet::torture
