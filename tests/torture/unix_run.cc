// On the UNIX bus: what was committed or spooled is tagged, whole sessions or nothing of them; and
// while broker and worker both live, what is published is either done or counted as dropped.
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "tests/torture/scene.h"

namespace decnet::torture {
namespace {

class UnixRun {
 public:
  explicit UnixRun(std::uint64_t seed) : scene_(seed, {}) { start_bus(); }

  int run(std::size_t kills) {
    for (std::size_t i = 0; i < kills; ++i) {
      scene_.start_worker();
      if (!scene_.worker_connects()) throw std::runtime_error(scene_.worker().errors());
      accounted();
      blow();
    }
    Workload::add_late_attacker(scene_.database);
    scene_.start_worker();
    scene_.worker_connects();
    test::eventually([this] { return untagged_of(spooled_) == 0 && scene_.outbox() == 0; });
    scene_.end_worker(SIGTERM);
    return report(kills);
  }

 private:
  void start_bus() {
    const std::filesystem::path socket = scene_.environment["DECNET_BUS_SOCKET"];
    broker_ = test::start_broker(socket, scene_.directory.path());
    client_ =
        std::make_unique<test::BusClient>(socket, std::vector<std::string>{"system.bus.health"});
  }

  std::set<std::string> publish(std::size_t events, bool late = false) {
    std::set<std::string> sessions;
    for (std::size_t i = 0; i < events; ++i) {
      const auto event = scene_.workload.next(late);
      sessions.insert(*event.payload.find("session_id")->string());
      client_->publish(event.topic, bus::encode(event));
      ++published_;
    }
    return sessions;
  }

  // What the broker counts as dropped at its next beats.
  std::int64_t broker_drops() {
    const auto beat = client_->next_of("system.bus.health");
    if (!beat) return 0;
    const auto body = Json::parse(beat->body);
    const Json* dropped = body ? body->find("payload")->find("dropped") : nullptr;
    return dropped != nullptr && dropped->integer() != nullptr ? *dropped->integer() : 0;
  }

  // Both live, from beginning to end: the books must balance.
  void accounted() {
    while (client_->next_of("system.bus.health", std::chrono::milliseconds(1))) {
    }
    const std::int64_t drops_before = broker_drops();
    const std::int64_t done_before = scene_.metric_of("ttp_messages_total");
    const auto sessions = publish(200 + scene_.random(3000));
    scene_.lock_database_up_to(1500);
    std::int64_t done = 0;
    std::int64_t dropped = 0;
    const auto count = static_cast<std::int64_t>(sessions.size());
    const bool balanced = test::eventually([&] {
      done = scene_.metric_of("ttp_messages_total") - done_before;
      dropped = scene_.metric_of("ttp_bus_dropped_total") + broker_drops() - drops_before;
      return done + dropped >= count;
    });
    dropped_ += dropped;
    ++phases_;
    const auto untagged = static_cast<std::int64_t>(untagged_of(sessions));
    if (!balanced || done + dropped != count + spool_replayed(done, count, dropped) ||
        untagged > dropped) {
      ++unbalanced_;
      fmt::print("phase {}: {} published, {} done, {} counted as dropped, {} untagged\n", phases_,
                 count, done, dropped, untagged);
    }
    for (const auto& session : sessions) accounted_.insert(session);
  }

  // Messages from the spool of an earlier life are done in this one, too.
  std::int64_t spool_replayed(std::int64_t done, std::int64_t count, std::int64_t dropped) const {
    const std::int64_t more = done + dropped - count;
    return more > 0 && more <= static_cast<std::int64_t>(spooled_.size()) ? more : 0;
  }

  void blow() {
    publish(20 + scene_.random(300));
    switch (scene_.random(4)) {
      case 0:  // an orderly end, with events that wait for their attacker's row
        publish(1 + scene_.random(5), true);
        scene_.pause_up_to(300);
        scene_.end_worker(SIGTERM);
        ++stops_;
        break;
      case 1:  // the broker dies first
        scene_.pause_up_to(50);
        broker_->end(scene_.random(2) == 0 ? SIGKILL : SIGTERM);
        start_bus();
        publish(20);
        scene_.pause_up_to(300);
        scene_.end_worker(SIGKILL);
        ++restarts_;
        break;
      case 2:
        scene_.lock_database_up_to(300);
        [[fallthrough]];
      default:
        scene_.pause_up_to(300);
        scene_.end_worker(SIGKILL);
    }
    look_into_spool();
  }

  // Sessions whose event lies in the spool now: from here on they must not be lost.
  void look_into_spool() {
    const auto root = scene_.directory.path() / "spool";
    if (!std::filesystem::exists(root)) return;
    constexpr std::string_view kKey = R"("session_id":")";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      std::string line;
      while (std::getline(file, line)) {
        const auto at = line.find(kKey);
        // A line that a crash cut short holds no whole event.
        if (at == std::string::npos || line.back() != '}') continue;
        const auto begin = at + kKey.size();
        spooled_.insert(line.substr(begin, line.find('"', begin) - begin));
      }
    }
  }

  [[nodiscard]] std::size_t untagged_of(const std::set<std::string>& sessions) const {
    const auto stored = scene_.stored();
    std::size_t untagged = 0;
    for (const auto& session : sessions) {
      const auto& uuids = scene_.workload.expected().at(session);
      if (!uuids.empty() && stored.by_session.count(session) == 0) ++untagged;
    }
    return untagged;
  }

  int report(std::size_t kills) {
    const auto stored = scene_.stored();
    std::size_t torn = 0;
    std::size_t tagged = 0;
    std::int64_t rows = 0;
    for (const auto& [session, uuids] : stored.by_session) {
      const auto expected = scene_.workload.expected().find(session);
      if (expected == scene_.workload.expected().end() || expected->second != uuids) ++torn;
      ++tagged;
      rows += static_cast<std::int64_t>(uuids.size());
    }
    fmt::print(
        "unix: {} blows ({} of them orderly stops, {} broker restarts); {} events published, "
        "{} in accounted phases with {} counted as dropped, {} spooled\n"
        "unix: {} sessions tagged, {} rows stored\n",
        kills, stops_, restarts_, published_, accounted_.size(), dropped_, spooled_.size(), tagged,
        stored.rows);
    auto& verdict = scene_.verdict;
    verdict.check(torn == 0, "a session has all its tags or none, and no others");
    verdict.check(rows == stored.rows, "every tag is stored exactly once");
    verdict.check(unbalanced_ == 0,
                  "with broker and worker alive: published = done + counted as dropped");
    verdict.check(untagged_of(spooled_) == 0, "every spooled event is tagged");
    verdict.check(stops_ == 0 || !spooled_.empty(),
                  "events that waited at an orderly stop were spooled");
    verdict.check(scene_.outbox() == 0, "nothing waits to be announced");
    return verdict.failures();
  }

  Scene scene_;
  std::unique_ptr<test::Daemon> broker_;
  std::unique_ptr<test::BusClient> client_;
  std::set<std::string> accounted_;
  std::set<std::string> spooled_;
  std::size_t published_ = 0, phases_ = 0, unbalanced_ = 0, stops_ = 0, restarts_ = 0;
  std::int64_t dropped_ = 0;
};

}  // namespace

int on_unix(std::uint64_t seed, std::size_t kills) { return UnixRun(seed).run(kills); }

}  // namespace decnet::torture
