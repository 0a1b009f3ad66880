// live_load [EVENTS]: the whole worker on a real bus, both of them in one run: how long one event
// takes from being published to its ttp.tagged, one at a time and at a steady rate; how many events
// a second go from the bus into the database; and how long a worker under load takes to end when it
// is asked to (SIGTERM), with everything it had taken in the database.
//
// An event is a session of three commands, every second one of which shows a technique. Set
// DECNET_BENCH_DIR to measure another file system than that of the temporary directory.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

#include "bench/live_peers.h"
#include "decnet/base/clock.h"
#include "decnet/base/json.h"
#include "tests/invented_history.h"
#include "tests/live_system.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kAttackers = 100;
constexpr std::size_t kOneAtATime = 500;
constexpr std::size_t kSteadyRate = 500;  // events a second
constexpr std::size_t kSteadyEvents = 5000;
constexpr const char* kTopic = "attacker.session.ended";

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Message {
  std::string session;
  std::string body;
};

// Numbered on, so that no session comes twice.
class Sessions {
 public:
  std::vector<Message> make(std::size_t count) {
    std::vector<Message> messages(count);
    for (Message& message : messages) message = next();
    return messages;
  }

 private:
  Message next() {
    Message message{fmt::format("session-{:08}", number_), {}};
    const std::string now = to_iso_text(system_clock().now());
    Json::Array commands;
    for (int i = 0; i < 3; ++i) {
      commands.push_back(
          Json::object({{"id", fmt::format("{}#{}", message.session, i)},
                        {"command_text", i == 0 ? "whoami" : test::invented_command(random_)},
                        {"ts", now},
                        {"decky", "web-07"},
                        {"service", "bash"}}));
    }
    const auto payload =
        Json::object({{"session_id", message.session},
                      {"attacker_uuid", Json()},
                      {"attacker_ip", fmt::format("2001:db8::{:x}", number_ % kAttackers)},
                      {"decky_id", "decoy-1"},
                      {"service", "ssh"},
                      {"ended_at", now},
                      {"commands", std::move(commands)}});
    message.body =
        test::envelope(kTopic, "session.ended", payload.dump(), fmt::format("{:032x}", number_));
    ++number_;
    return message;
  }

  test::Random random_{1};
  std::size_t number_ = 0;
};

class Load {
 public:
  Load(std::string name, const std::filesystem::path& directory,
       const std::function<std::unique_ptr<LivePeer>(const std::filesystem::path&)>& make_peer)
      : name_(std::move(name)), directory_(directory / name_) {
    std::filesystem::create_directories(directory_);
    peer_ = make_peer(directory_);
    environment_ = peer_->environment();
    environment_["DECNET_DB_PATH"] = (directory_ / "decnet.db").string();
    environment_["DECNET_TTP_RULES_DIR"] = (test::source_dir() / "rules" / "ttp").string();
    environment_["DECNET_SYSTEM_LOGS"] = (directory_ / "decnet.log").string();
    const auto made = test::decnet(directory_, {"db", "init"}, environment_);
    if (made.exit_code != 0) throw std::runtime_error(made.err);
    add_attackers();
  }

  void run(std::size_t events) {
    start_worker();
    peer_->listen();
    one_at_a_time();
    steadily();
    peer_->stop_listening();
    flood(events);
    term(events);
  }

 private:
  void add_attackers() {
    auto file = database();
    file.run("BEGIN");
    for (std::size_t i = 0; i < kAttackers; ++i) {
      file.insert("attackers", {{"uuid", fmt::format("attacker-{}", i)},
                                {"ip", fmt::format("2001:db8::{:x}", i)},
                                {"first_seen", "2026-01-01 00:00:00.000000"},
                                {"last_seen", "2026-01-01 00:00:00.000000"},
                                {"updated_at", "2026-01-01 00:00:00.000000"},
                                {"event_count", "1"},
                                {"service_count", "1"},
                                {"decky_count", "1"},
                                {"services", "[]"},
                                {"deckies", "[]"},
                                {"is_traversal", "0"},
                                {"bounty_count", "0"},
                                {"credential_count", "0"},
                                {"fingerprints", "[]"},
                                {"commands", "[]"},
                                {"rotation_count", "0"},
                                {"ipv6_leak_count", "0"}});
    }
    file.run("COMMIT");
  }

  [[nodiscard]] test::SqliteFile database() const {
    return test::SqliteFile(directory_ / "decnet.db");
  }
  [[nodiscard]] bool is_stored(const std::string& session) const {
    return !database()
                .rows(fmt::format("SELECT 1 FROM ttp_tag WHERE session_id = '{}' LIMIT 1", session))
                .empty();
  }
  [[nodiscard]] std::int64_t stored_sessions() const {
    return database().number("SELECT count(DISTINCT session_id) FROM ttp_tag");
  }

  void start_worker() {
    port_ = test::free_port();
    worker_ = std::make_unique<test::Daemon>(
        std::vector<std::string>{test::program().string(), "ttp", "--metrics",
                                 fmt::format("127.0.0.1:{}", port_)},
        environment_, directory_ / "ttp.err");
    // Connected, and through with what there is to do at the start.
    const auto mark = sessions_.make(1).front();
    if (!test::eventually(
            [this] { return test::metric(test::scrape(port_), "ttp_bus_connected") == 1; })) {
      throw std::runtime_error(worker_->errors());
    }
    peer_->publish(kTopic, mark.body);
    peer_->flush();
    if (!test::eventually([&] { return is_stored(mark.session); })) {
      throw std::runtime_error(worker_->errors());
    }
  }

  void report(const char* what, std::vector<double> times, const std::string& more) const {
    std::sort(times.begin(), times.end());
    const auto at = [&](double part) {
      return 1000 * times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
    };
    fmt::print("{:5} {:<28} median {:.1f} ms, 95 of 100 {:.1f} ms, longest {:.1f} ms{}\n", name_,
               what, at(0.5), at(0.95), at(1.0), more);
  }

  // Published when the one before was announced: every event is a batch of its own.
  void one_at_a_time() {
    std::vector<double> times;
    const auto messages = sessions_.make(kOneAtATime);
    const auto began = Clock::now();
    for (const Message& message : messages) {
      const auto published = Clock::now();
      peer_->publish(kTopic, message.body);
      for (;;) {
        const auto session = peer_->next_tagged(test::kLongEnough);
        if (!session) throw std::runtime_error("no announcement: " + worker_->errors());
        if (*session == message.session) break;
      }
      times.push_back(seconds_since(published));
    }
    report("one at a time", times,
           fmt::format("; {:.0f} events/s",
                       static_cast<double>(messages.size()) / seconds_since(began)));
  }

  void steadily() {
    const auto messages = sessions_.make(kSteadyEvents);
    std::unordered_map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < messages.size(); ++i) numbers[messages[i].session] = i;
    const auto began = Clock::now();
    const auto due = [&](std::size_t number) {
      return began + std::chrono::microseconds(number * 1'000'000 / kSteadyRate);
    };
    std::thread publishing([&] {
      for (std::size_t i = 0; i < messages.size(); ++i) {
        std::this_thread::sleep_until(due(i));
        peer_->publish(kTopic, messages[i].body);
      }
    });
    // From when it was due: a publisher that falls behind must not make the worker look quick.
    std::vector<double> times;
    while (times.size() < messages.size()) {
      const auto session = peer_->next_tagged(std::chrono::seconds(20));
      if (!session) break;
      if (const auto number = numbers.find(*session); number != numbers.end()) {
        times.push_back(seconds_since(due(number->second)));
      }
    }
    publishing.join();
    if (times.empty()) throw std::runtime_error("no announcement: " + worker_->errors());
    report(fmt::format("at {} events/s", kSteadyRate).c_str(), times,
           times.size() == messages.size()
               ? ""
               : fmt::format("; {} never came", messages.size() - times.size()));
  }

  void flood(std::size_t events) {
    const auto messages = sessions_.make(events);
    const std::uint64_t dropped_before = peer_->dropped();
    const auto began = Clock::now();
    for (const Message& message : messages) peer_->publish(kTopic, message.body);
    peer_->flush();
    const double published = seconds_since(began);
    // The newest event is the last one that a full queue gives up.
    while (!is_stored(messages.back().session)) {
      if (!worker_->is_running()) throw std::runtime_error(worker_->errors());
      std::this_thread::sleep_for(milliseconds(5));
    }
    const double committed = seconds_since(began);
    const std::uint64_t dropped = peer_->dropped() - dropped_before;
    fmt::print(
        "{:5} {:<28} {:.0f} events/s into the database ({} published in {:.1f} s, {} dropped "
        "by the broker, the last stored after {:.1f} s)\n",
        name_, "as fast as they come", static_cast<double>(events - dropped) / committed, events,
        published, dropped, committed);
  }

  // What the worker says last: how many messages it took, and how many it was done with.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> last_words() const {
    std::ifstream file(directory_ / "decnet.log");
    const std::string log{std::istreambuf_iterator<char>(file), {}};
    constexpr std::string_view kStopped = "stopped: ";
    const auto at = log.rfind(kStopped);
    if (at == std::string::npos) throw std::runtime_error("the worker said nothing at its end");
    std::int64_t taken = 0;
    const char* const end = log.data() + log.size();
    const auto first = std::from_chars(log.data() + at + kStopped.size(), end, taken);
    std::int64_t done = 0;
    const auto comma = log.find(", ", static_cast<std::size_t>(first.ptr - log.data()));
    std::from_chars(log.data() + comma + 2, end, done);
    return {taken, done};
  }

  // What it could not commit in the time it has to end.
  [[nodiscard]] std::int64_t spooled_events() const {
    std::int64_t lines = 0;
    std::error_code none;
    for (std::filesystem::recursive_directory_iterator entry(directory_ / "decnet.db.spool", none),
         end;
         !none && entry != end; entry.increment(none)) {
      std::ifstream file(entry->path());
      for (std::string line; std::getline(file, line);) ++lines;
    }
    return lines;
  }

  void term(std::size_t events) {
    const auto messages = sessions_.make(events);
    worker_->end(SIGTERM);
    start_worker();
    const std::int64_t before = stored_sessions() - 1;  // the mark is of this life
    std::thread publishing([&] {
      for (const Message& message : messages) peer_->publish(kTopic, message.body);
      peer_->flush();
    });
    while (!is_stored(messages[events / 10].session) && !is_stored(messages.back().session)) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    const auto asked = Clock::now();
    const auto ended = worker_->end(SIGTERM);
    const double took = seconds_since(asked);
    publishing.join();
    const auto [taken, done] = last_words();
    const std::int64_t spooled = spooled_events();
    const std::int64_t stored = stored_sessions() - before;
    const bool kept = ended.exit_code == 0 && taken == done + spooled && stored == done;
    fmt::print("{:5} {:<28} {:.2f} s to the end; {} events taken, {} committed, {} spooled: {}\n",
               name_, "SIGTERM meanwhile", took, taken, stored, spooled,
               kept ? "nothing lost" : fmt::format("LOST (it says it has done with {})", done));
  }

  const std::string name_;
  const std::filesystem::path directory_;
  std::unique_ptr<LivePeer> peer_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<test::Daemon> worker_;
  std::uint16_t port_ = 0;
  Sessions sessions_;
};

void run(std::size_t events) {
  const char* named = std::getenv("DECNET_BENCH_DIR");
  const test::TempDir temporary;
  const std::filesystem::path directory =
      named == nullptr ? temporary.path() : std::filesystem::path(named) / "decnet-live-load";
  fmt::print("\n== live: {} sessions of three commands\n", events);
  Load("unix", directory, make_unix_peer).run(events);
  Load("nats", directory, make_nats_peer).run(events);
  if (named != nullptr) std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace decnet::bench

int main(int argc, char** argv) {
  std::size_t events = 30'000;
  if (argc > 1) {
    const std::string_view text = argv[1];
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), events);
    if (problem != std::errc() || end != text.data() + text.size() || events < 100) {
      fmt::print(stderr, "usage: live_load [EVENTS]\n");
      return 2;
    }
  }
  try {
    decnet::bench::run(events);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "live_load: {}\n", problem.what());
    return 1;
  }
  return 0;
}
