// On the UNIX bus: what was committed or spooled, or is in the database, is tagged; whole events or
// nothing of them; and while broker and worker both live, what is published is either done or
// counted as dropped.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/torture/books.h"
#include "tests/torture/feeder.h"
#include "tests/torture/scene.h"
#include "tests/torture/unix_peers.h"

namespace decnet::torture {
namespace {

// Small enough that a locked database fills it, and what comes then is spooled.
constexpr const char* kQueue = "100";
constexpr std::size_t kLifesBetweenSettlements = 4;
constexpr std::size_t kLifesBetweenBooks = 10;
constexpr int kSilences = 5;  // of half a minute, one after the other

class UnixRun {
 public:
  explicit UnixRun(const Orders& orders)
      : scene_(orders, {{"DECNET_BUS_QUEUE", kQueue}}),
        peers_(scene_.environment["DECNET_BUS_SOCKET"], scene_.directory),
        feeder_(scene_.workload, scene_.source_rows,
                [this](const bus::Envelope& event) { unsent_ += peers_.publish(event) ? 0 : 1; }) {}

  int run(std::size_t kills) {
    start_worker();
    for (std::size_t life = 1; scene_.kills() < kills; ++life) {
      feeder_.feed(200 + scene_.random(400));
      blow();
      look_into_spool();
      if (life % kLifesBetweenBooks == kLifesBetweenBooks / 2) settle_books();
      scene_.start_worker();
      if (life % kLifesBetweenSettlements == 0) settle();
    }
    settle();
    finish();
    return report();
  }

 private:
  void start_worker() {
    scene_.start_worker();
    if (!scene_.worker_connects() || !scene_.worker_begins()) {
      throw std::runtime_error(scene_.worker().errors());
    }
  }

  void blow() {
    switch (scene_.random(11)) {
      case 0:  // the worker has just been started
        return scene_.kill_worker_at(Moment::kStarting);
      case 1:
        scene_.worker_connects();
        return scene_.kill_worker_at(Moment::kAnnouncing);
      case 2:
        scene_.worker_connects();
        return scene_.kill_worker_at(Moment::kStopping);
      case 3:  // with a full queue and events on disk
        return overfill([this] { scene_.kill_worker_at(Moment::kLocked); });
      case 4:  // while events come back from the disk
        overfill([] {});
        return scene_.kill_worker_at(Moment::kCommitting);
      case 5:
        overfill([] {});
        return scene_.stop_worker();
      case 6:  // the broker goes, comes back, and the worker goes on until it is killed
        scene_.worker_connects();
        scene_.pause_up_to(200);
        end_broker();
        scene_.pause_up_to(200);
        peers_.start_broker();
        scene_.worker_connects();
        feeder_.feed(200);
        return scene_.kill_worker_at(Moment::kCommitting);
      case 7:  // both are away
        scene_.worker_connects();
        scene_.pause_up_to(200);
        end_broker();
        scene_.kill_worker_at(Moment::kWhenever);
        return peers_.start_broker();
      case 8:  // a worker that takes nothing for a while, so that the broker has to drop events
        scene_.worker_connects();
        scene_.tell("stall");
        scene_.worker().process().signal(SIGSTOP);
        feeder_.feed(2500);
        feeder_.finish();
        scene_.worker().process().signal(SIGCONT);
        ++stalls_;
        return scene_.kill_worker_at(scene_.random(2) == 0 ? Moment::kWhenever
                                                           : Moment::kCommitting);
      default:
        scene_.worker_connects();
        feeder_.feed(200);
        return scene_.kill_worker_at(Moment::kCommitting);
    }
  }

  void end_broker() {
    scene_.tell("bus ends");
    peers_.end_broker(scene_.random(2) == 0 ? SIGKILL : SIGTERM);
    ++restarts_;
    bus_was_away_ = true;
  }

  // Locks the database until events are on disk, and a little longer.
  void overfill(const std::function<void()>& meanwhile) {
    scene_.worker_connects();
    scene_.with_locked_database([&] {
      feeder_.feed(500);
      test::eventually([this] { return scene_.metric_of("ttp_bus_spooled_total") > 0; },
                       std::chrono::seconds(20));
      scene_.pause_up_to(300);
      look_into_spool();
      meanwhile();
    });
  }

  // Events that lie in the spool now: from here on they must not be lost.
  void look_into_spool() {
    std::error_code gone;
    for (std::filesystem::recursive_directory_iterator entry(scene_.directory / "spool", gone), end;
         !gone && entry != end; entry.increment(gone)) {
      std::ifstream file(entry->path());
      std::string line;
      while (std::getline(file, line)) {
        // A line that is being written, or was when its writer died, holds no event.
        const auto event = Json::parse(line);
        const Json* payload = event ? event->find("payload") : nullptr;
        if (payload == nullptr) continue;
        for (const char* key : {"session_id", "trigger_id"}) {
          const Json* id = payload->find(key);
          if (id == nullptr || id->string() == nullptr) continue;
          const std::string& text = *id->string();
          spooled_.insert(std::stoul(text.substr(text.rfind('-') + 1)));
        }
      }
    }
  }

  // Everything that was stored by now was announced, unless the bus was away meanwhile: what is
  // announced about an event that comes later is heard later.
  void settle() {
    scene_.tell("settle");
    scene_.worker_connects();
    peers_.await_listener();
    feeder_.finish();
    scene_.stored.read();
    const auto stored = scene_.stored.uuids();
    std::vector<std::string> marks;  // any of them will do: they all come later
    const auto heard = [&] {
      return std::any_of(marks.begin(), marks.end(),
                         [&](const std::string& session) { return peers_.said().names(session); });
    };
    for (int silent = 0; !heard();) {
      if (silent == kSilences || !scene_.worker().is_running()) {
        throw std::runtime_error("nothing is announced any more: " + scene_.worker().errors());
      }
      const auto mark = scene_.workload.next(Kind::kSession);
      marks.push_back(*mark.envelope.payload.find("session_id")->string());
      test::eventually([&] { return peers_.publish(mark.envelope); });
      const std::size_t before = peers_.said().messages();
      if (test::eventually(heard, std::chrono::seconds(30))) break;
      // A worker on a busy machine may have much to say before.
      silent = peers_.said().messages() == before ? silent + 1 : 0;
    }
    for (const std::string& uuid : peers_.said().unsaid(stored)) {
      if (!excused_.insert(uuid).second) continue;
      ++(bus_was_away_ ? lost_with_bus_ : unsaid_);
    }
    bus_was_away_ = false;
  }

  // The worker is dead. Another one, with a spool of its own, has its books examined.
  void settle_books() {
    feeder_.finish();
    books_.examine(scene_, peers_);
  }

  // How many events are owed: in the database or seen in the spool, and not (wholly) tagged.
  [[nodiscard]] std::size_t owed() {
    scene_.stored.read();
    const auto fates = scene_.workload.compare(scene_.stored.by_event());
    std::size_t owed = 0;
    for (std::size_t i = 0; i < fates.fates.size(); ++i) {
      const bool promised = fates.in_database[i] || spooled_.count(i) > 0;
      const bool missing = fates.fates[i] == Fate::kAbsent || fates.fates[i] == Fate::kTorn;
      owed += promised && missing ? 1 : 0;
    }
    return owed;
  }

  void finish() {
    scene_.tell("finish");
    scene_.source_rows.finish();
    Scene::await_end([this] { return owed() + scene_.outbox(); });
    settle();
    listener_lost_ = peers_.dropped_for_listener();
    scene_.stop_worker();
    look_into_spool();
    scene_.stored.read();
  }

  int report() {
    scene_.tell("report");
    const auto fates = scene_.workload.compare(scene_.stored.by_event());
    const auto in_database = std::count(fates.in_database.begin(), fates.in_database.end(), true);
    fmt::print(
        "{} events published, {} found no broker; {} of all are in the database, {} were "
        "seen in the spool; {} are tagged, {} lost\n",
        fates.fates.size() - unsent_, unsent_.load(), in_database, spooled_.size(),
        fates.count(Fate::kWhole), fates.count(Fate::kAbsent));
    scene_.report_blows();
    fmt::print(
        "{} stalls, {} bus restarts, with which {} tags' announcements were lost; {} "
        "announcements, {} "
        "of them repeated\n",
        stalls_, restarts_, lost_with_bus_, peers_.said().messages(), peers_.said().repeated());
    books_.report();
    auto& verdict = scene_.verdict;
    verdict.check(owed() == 0, "every event that was spooled or is in the database is tagged");
    verdict.check(!spooled_.empty(), "events were spooled at all");
    scene_.check_tags(peers_.said());
    verdict.check(unsaid_ == 0,
                  "every tag was named in a ttp.tagged and in a ttp.rule.fired, while there was a "
                  "bus");
    verdict.check(listener_lost_ == 0, "the listener was quick enough");
    books_.check(verdict);
    return verdict.failures();
  }

  Scene scene_;
  UnixPeers peers_;
  std::atomic<std::size_t> unsent_{0};
  Feeder feeder_;
  Books books_;
  std::set<std::size_t> spooled_;
  std::set<std::string> excused_;
  bool bus_was_away_ = false;
  std::size_t restarts_ = 0, stalls_ = 0, unsaid_ = 0, lost_with_bus_ = 0;
  std::uint64_t listener_lost_ = 0;
};

}  // namespace

int on_unix(const Orders& orders) { return UnixRun(orders).run(orders.kills); }

}  // namespace decnet::torture
