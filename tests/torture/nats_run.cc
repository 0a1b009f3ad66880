// On NATS an event the stream accepted is never lost, and every new tag is announced.
#include <fmt/format.h>
#include <nats/nats.h>

#include <csignal>
#include <stdexcept>

#include "decnet/bus/nats/nats_bus.h"
#include "tests/torture/scene.h"

namespace decnet::torture {
namespace {

struct Announcements {
  std::map<std::string, std::set<std::string>> tagged;  // tag uuid → ids of the messages naming it
  std::map<std::string, std::set<std::string>> fired;
  std::uint64_t messages = 0;
  std::uint64_t repeated = 0;  // the same id again: beyond the stream's duplicate window
};

void check(natsStatus status, const char* what) {
  if (status != NATS_OK) throw std::runtime_error(fmt::format("{}: {}", what, status));
}

// Everything the stream of announcements holds, read with the client library alone.
Announcements read_announcements(const std::string& url) {
  natsConnection* connection = nullptr;
  jsCtx* stream = nullptr;
  jsStreamInfo* info = nullptr;
  check(natsConnection_ConnectTo(&connection, url.c_str()), "connect");
  check(natsConnection_JetStream(&stream, connection, nullptr), "JetStream");
  check(js_GetStreamInfo(&info, stream, bus::kTtpStream, nullptr, nullptr), "stream");
  Announcements found;
  std::set<std::string> ids;
  for (std::uint64_t at = info->State.FirstSeq; at <= info->State.LastSeq; ++at) {
    natsMsg* message = nullptr;
    if (js_GetMsg(&message, stream, bus::kTtpStream, at, nullptr, nullptr) != NATS_OK) continue;
    const std::string_view topic = natsMsg_GetSubject(message);
    const auto body = Json::parse(std::string_view(
        natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))));
    const std::string id = *body->find("id")->string();
    ++found.messages;
    if (!ids.insert(id).second) ++found.repeated;
    auto& said = topic == "decnet.ttp.tagged" ? found.tagged : found.fired;
    for (const Json& uuid : *body->find("payload")->find("tag_uuids")->array()) {
      said[*uuid.string()].insert(id);
    }
    natsMsg_Destroy(message);
  }
  jsStreamInfo_Destroy(info);
  jsCtx_Destroy(stream);
  natsConnection_Destroy(connection);
  return found;
}

class NatsRun {
 public:
  explicit NatsRun(std::uint64_t seed)
      : port_(test::free_port()),
        url_(fmt::format("nats://127.0.0.1:{}", port_)),
        scene_(seed, {{"DECNET_BUS_TYPE", "nats"}, {"DECNET_BUS_URL", url_}}) {
    start_server();
    bus::NatsBusOptions options;
    options.url = url_;
    bus_ = bus::open_nats_bus(std::move(options)).value();
  }

  int run(std::size_t kills) {
    scene_.start_worker();  // makes the streams
    if (!scene_.worker_connects()) throw std::runtime_error(scene_.worker().errors());
    for (std::size_t i = 0; i < kills; ++i) {
      publish(5 + scene_.random(60));
      blow();
      scene_.pause_up_to(400);
      scene_.end_worker(SIGKILL);
      publish(scene_.random(20));
      scene_.start_worker();
      // Some are killed while they start.
      if (scene_.random(4) != 0) scene_.worker_connects();
    }
    finish();
    return report(kills);
  }

 private:
  void start_server() { server_ = test::start_nats(port_, scene_.directory.path()); }

  // Until the stream has them: then they may not be lost.
  void publish(std::size_t events) {
    for (std::size_t i = 0; i < events; ++i) {
      const auto event = scene_.workload.next();
      if (!test::eventually([&] { return bus_->publish(event).has_value(); })) {
        throw std::runtime_error("the stream takes no events");
      }
      ++published_;
    }
  }

  void blow() {
    switch (scene_.random(4)) {
      case 0:
        scene_.lock_database_up_to(1500);
        ++locks_;
        break;
      case 1:
        server_->end(scene_.random(2) == 0 ? SIGKILL : SIGTERM);
        start_server();
        ++restarts_;
        break;
      default:
        break;
    }
  }

  [[nodiscard]] std::size_t missing() const {
    const auto stored = scene_.stored();
    std::size_t missing = 0;
    for (const auto& [session, uuids] : scene_.workload.expected()) {
      const auto found = stored.by_session.find(session);
      if (!uuids.empty() && (found == stored.by_session.end() || found->second != uuids)) ++missing;
    }
    return missing;
  }

  // Unacknowledged events come again after the acknowledgement time of the consumer.
  void finish() {
    scene_.worker_connects();
    test::eventually([this] { return missing() == 0 && scene_.outbox() == 0; },
                     std::chrono::minutes(5));
    scene_.end_worker(SIGTERM);
  }

  int report(std::size_t kills) {
    const auto stored = scene_.stored();
    const auto said = read_announcements(url_);
    std::size_t expected = 0;
    for (const auto& [session, uuids] : scene_.workload.expected()) expected += uuids.size();
    fmt::print(
        "nats: {} kills, {} bus restarts, {} database locks; {} events published\n"
        "nats: {} tags expected, {} rows stored; {} announcements, {} of them repeated\n",
        kills, restarts_, locks_, published_, expected, stored.rows, said.messages, said.repeated);
    auto& verdict = scene_.verdict;
    std::size_t kept = 0;
    for (const auto& [session, uuids] : stored.by_session) kept += uuids.size();
    verdict.check(missing() == 0, "every event's tags are stored, all of them and no others");
    verdict.check(stored.rows == static_cast<std::int64_t>(expected) && kept == expected,
                  "every tag is stored exactly once");
    verdict.check(scene_.outbox() == 0, "nothing waits to be announced");
    verdict.check(covers(said.tagged, stored), "every stored tag was named in a ttp.tagged");
    verdict.check(covers(said.fired, stored), "every stored tag was named in a ttp.rule.fired");
    verdict.check(one_each(said.tagged) && one_each(said.fired),
                  "a tag named twice was named by the same message id");
    verdict.check(
        test::SqliteFile(scene_.database).number("SELECT count(*) FROM decnet_dead_letter") == 0,
        "nothing was given up");
    return verdict.failures();
  }

  static bool covers(const std::map<std::string, std::set<std::string>>& said,
                     const Scene::Stored& stored) {
    for (const auto& [session, uuids] : stored.by_session) {
      for (const auto& uuid : uuids) {
        if (said.count(uuid) == 0) return false;
      }
    }
    return true;
  }
  static bool one_each(const std::map<std::string, std::set<std::string>>& said) {
    for (const auto& [uuid, ids] : said) {
      if (ids.size() != 1) return false;
    }
    return true;
  }

  std::uint16_t port_;
  std::string url_;
  Scene scene_;
  std::unique_ptr<test::Daemon> server_;
  std::unique_ptr<bus::Bus> bus_;
  std::size_t published_ = 0, restarts_ = 0, locks_ = 0;
};

}  // namespace

int on_nats(std::uint64_t seed, std::size_t kills) { return NatsRun(seed).run(kills); }

}  // namespace decnet::torture
