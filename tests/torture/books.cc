#include "tests/torture/books.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <vector>

namespace decnet::torture {
namespace {

using Instant = std::chrono::steady_clock::time_point;

// The broker cuts off who took nothing for a minute, and they are not in touch any more.
constexpr std::chrono::seconds kStandStill{30};

std::uint64_t counter(const Scene& scene, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(scene.metric_of(name), 0));
}

}  // namespace

bool Books::Page::balances() const {
  return dropped_as_told == dropped_by_broker && published == received + dropped_by_broker &&
         received == done + dropped_by_worker &&
         tagged == published - twice - dropped_by_broker - dropped_by_worker;
}

void Books::examine(Scene& scene, UnixPeers& peers) {
  for (std::size_t trouble = 0; trouble < 3; ++trouble) examine_one(scene, peers, trouble);
}

void Books::examine_one(Scene& scene, UnixPeers& peers, std::size_t trouble) {
  const auto spool = scene.directory / "books";
  std::filesystem::remove_all(spool);
  const auto put_away = scene.directory / "books-put-away";
  scene.start_worker({{"DECNET_SPOOL_DIR", spool.string()}});
  if (!scene.worker_connects()) throw std::runtime_error(scene.worker().errors());
  peers.await_listener();
  // What a killed worker left unsaid, or said and could not strike out any more, is said now.
  test::eventually([&] { return scene.outbox() == 0; });
  peers.await_beat();

  Page page;
  const std::size_t repeated_before = peers.said().repeated();
  std::vector<std::size_t> numbers;
  const auto publish = [&](std::size_t events, Instant until = Instant::max()) {
    for (; events > 0 && std::chrono::steady_clock::now() < until; --events) {
      const auto event = scene.workload.next(Kind::kSession);
      if (!peers.publish(event.envelope)) throw std::runtime_error("the broker is gone");
      numbers.push_back(event.number);
      // Delivered twice an event is tagged and announced once; where none may be dropped that
      // shows.
      if (trouble == 0) page.twice += peers.publish(event.envelope) ? 1 : 0;
    }
  };
  switch (trouble) {
    case 0:  // more than the queue holds: to the disk with it
      scene.with_locked_database([&] {
        publish(500 + scene.random(1000));
        scene.pause_up_to(500);
      });
      break;
    case 1:  // a worker that takes nothing: the broker's queue overflows
      scene.worker().process().signal(SIGSTOP);
      publish(3000 + scene.random(2000), std::chrono::steady_clock::now() + kStandStill);
      scene.worker().process().signal(SIGCONT);
      break;
    default:  // a disk that takes nothing
      std::filesystem::rename(spool, put_away);
      scene.with_locked_database([&] {
        publish(500 + scene.random(1000));
        scene.pause_up_to(500);
      });
  }
  page.published = numbers.size() + page.twice;
  Scene::await_end([&]() -> std::size_t {
    page.received = counter(scene, "ttp_bus_received_total");
    page.dropped_by_worker = counter(scene, "ttp_bus_dropped_total");
    page.spooled = counter(scene, "ttp_bus_spooled_total");
    page.done = counter(scene, "ttp_messages_total");
    page.dropped_by_broker = peers.dropped_for_workers();
    page.dropped_as_told = counter(scene, "ttp_bus_dropped_by_broker_total");
    scene.stored.read();
    page.tagged = 0;
    for (const std::size_t number : numbers) page.tagged += scene.stored.by_event().count(number);
    if (page.balances() || !scene.worker().is_running()) return 0;
    // One more than is left: what does not balance in the end is not done.
    const std::uint64_t accounted = page.done + page.dropped_by_worker + page.dropped_by_broker;
    return 1 + page.published - std::min(page.published, accounted);
  });
  if (trouble == 2) std::filesystem::rename(put_away, spool);
  scene.stop_worker();
  peers.await_beat();
  said_twice_ += peers.said().repeated() - repeated_before;

  ++pages_;
  if (!page.balances()) {
    ++unbalanced_;
    fmt::print(
        "page {}, trouble {}: {} published, {} dropped by the broker (so the worker: {}), {} "
        "received, {} "
        "spooled, {} dropped by the worker, {} done, {} tagged\n",
        pages_, trouble, page.published, page.dropped_by_broker, page.dropped_as_told,
        page.received, page.spooled, page.dropped_by_worker, page.done, page.tagged);
  }
  total_.published += page.published;
  total_.dropped_by_broker += page.dropped_by_broker;
  total_.dropped_by_worker += page.dropped_by_worker;
  total_.spooled += page.spooled;
  total_.tagged += page.tagged;
}

void Books::report() const {
  fmt::print(
      "books: {} pages, {} events published while all live, {} dropped by the broker and {} "
      "by the worker, {} spooled, {} tagged\n",
      pages_, total_.published, total_.dropped_by_broker, total_.dropped_by_worker, total_.spooled,
      total_.tagged);
}

void Books::check(Verdict& verdict) const {
  verdict.check(unbalanced_ == 0,
                "with broker and worker alive: published = done + counted as "
                "dropped");
  verdict.check(said_twice_ == 0, "without a crash nothing is announced twice");
  verdict.check(pages_ == 0 || (total_.dropped_by_broker > 0 && total_.dropped_by_worker > 0 &&
                                total_.spooled > 0),
                "the books had something to count: drops by both, and a spool");
}

}  // namespace decnet::torture
