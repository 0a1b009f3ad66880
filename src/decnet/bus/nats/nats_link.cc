#include "decnet/bus/nats/nats_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "decnet/base/log.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.client";
constexpr std::chrono::milliseconds kFirstRetry{500};
constexpr std::chrono::milliseconds kLastRetry{10'000};
constexpr std::int64_t kFlushMs = 2'000;
constexpr std::size_t kMaxComplaints = 32;

// A little more or less, so that a thousand clients do not come back in one instant.
std::chrono::milliseconds jittered(std::chrono::milliseconds time) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> part(-time.count() / 4, time.count() / 4);
  return time + std::chrono::milliseconds(part(random));
}

}  // namespace

struct NatsLink::Inside {
  mutable std::mutex mutex;
  std::condition_variable changed;
  State state{Link::kReconnecting, 0, 0, 0, ""};
  std::shared_ptr<NatsSession> session;
  std::shared_ptr<NatsSession> ended;  // until the keeper lets it go, which a callback must not
  std::set<std::string> complaints;    // of this session, each logged once
  std::uint64_t number = 0;            // of the session, so that an old one's end ends no new one
  bool was_connected = false;

  void say_away(const std::string& why) {  // with mutex
    if (state.link == Link::kReconnecting && state.last_error == why) return;
    state.link = Link::kReconnecting;
    state.last_error = why;
    log::warning(kComponent, fmt::format("bus not reachable, trying again: {}", why));
  }
};

Result<std::shared_ptr<NatsLink>> NatsLink::open(
    NatsBusOptions options, std::function<Result<void>(NatsSession&)> prepare) {
  std::shared_ptr<NatsLink> link(new NatsLink(std::move(options), std::move(prepare)));
  if (auto connected = link->connect(); !connected) {
    if (connected.error().code == ErrorCode::kInvalid) return fail(connected.error());
  }
  link->keeper_ = std::thread([raw = link.get()] { raw->keep(); });
  return link;
}

NatsLink::NatsLink(NatsBusOptions options, std::function<Result<void>(NatsSession&)> prepare)
    : options_(std::move(options)),
      prepare_(std::move(prepare)),
      inside_(std::make_shared<Inside>()) {}

NatsLink::~NatsLink() { close(); }

Result<void> NatsLink::connect() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(inside_->mutex);
    number = ++inside_->number;
  }
  NatsCallbacks callbacks;
  callbacks.ended = [inside = inside_, number](const std::string& why) {
    const std::lock_guard lock(inside->mutex);
    if (inside->number != number || inside->state.link == Link::kClosed) return;
    inside->ended = std::exchange(inside->session, nullptr);
    inside->say_away("nats: " + why);
    inside->changed.notify_all();
  };
  callbacks.complained = [inside = inside_](const std::string& what) {
    const std::lock_guard lock(inside->mutex);
    if (inside->state.link != Link::kConnected) return;
    inside->state.last_error = "nats: " + what;
    if (inside->complaints.size() >= kMaxComplaints) return;
    if (inside->complaints.insert(what).second) log::warning(kComponent, "nats: " + what);
  };
  auto made = connect_nats(options_, std::move(callbacks));
  if (!made) return refuse(std::move(made).error());
  {
    // Whoever subscribes from now on sees the session; who did before is seen by prepare_().
    const std::lock_guard lock(inside_->mutex);
    if (inside_->state.link == Link::kClosed) return {};
    if (!(*made)->connected()) return fail(ErrorCode::kUnavailable, "nats: connection lost");
    inside_->session = *made;
  }
  auto prepared = prepare_(**made);
  if (!prepared) return refuse(std::move(prepared).error());

  const std::lock_guard lock(inside_->mutex);
  if (inside_->session != *made) return fail(ErrorCode::kUnavailable, "nats: connection lost");
  inside_->state.link = Link::kConnected;
  inside_->state.last_error.clear();
  inside_->complaints.clear();
  if (std::exchange(inside_->was_connected, true)) {
    ++inside_->state.reconnects;
    log::warning(kComponent, "bus is back, subscriptions renewed");
  }
  return {};
}

Result<void> NatsLink::refuse(Error error) {
  const std::lock_guard lock(inside_->mutex);
  if (inside_->state.link == Link::kClosed) return {};
  if (inside_->session) inside_->ended = std::exchange(inside_->session, nullptr);
  inside_->say_away(error.message);
  return fail(std::move(error));
}

void NatsLink::keep() {
  auto retry = kFirstRetry;
  for (;;) {
    std::shared_ptr<NatsSession> ended;
    {
      std::unique_lock lock(inside_->mutex);
      const auto closed = [this] { return inside_->state.link == Link::kClosed; };
      inside_->changed.wait(lock, [&] { return closed() || inside_->session == nullptr; });
      ended = std::exchange(inside_->ended, nullptr);
      if (closed()) return;
      inside_->changed.wait_for(lock, jittered(retry), closed);
      if (closed()) return;
    }
    retry = connect() ? kFirstRetry : std::min(retry * 2, kLastRetry);
  }
}

std::shared_ptr<NatsSession> NatsLink::session() const {
  const std::lock_guard lock(inside_->mutex);
  return inside_->session;
}

State NatsLink::state() const {
  const std::lock_guard lock(inside_->mutex);
  return inside_->state;
}

bool NatsLink::closed() const { return state().link == Link::kClosed; }

void NatsLink::count_publish(bool taken) {
  const std::lock_guard lock(inside_->mutex);
  ++(taken ? inside_->state.published : inside_->state.unpublished);
}

void NatsLink::count_remade() {
  const std::lock_guard lock(inside_->mutex);
  ++inside_->state.remade;
}

void NatsLink::set_problem(std::string problem) {
  const std::lock_guard lock(inside_->mutex);
  if (inside_->state.link == Link::kConnected) inside_->state.last_error = std::move(problem);
}

void NatsLink::close() {
  std::shared_ptr<NatsSession> session;
  {
    const std::lock_guard lock(inside_->mutex);
    if (inside_->state.link == Link::kClosed) return;
    session = inside_->session;
  }
  // What is on its way still goes out.
  if (session) (void)natsConnection_FlushTimeout(session->connection.get(), kFlushMs);
  {
    const std::lock_guard lock(inside_->mutex);
    inside_->state.link = Link::kClosed;
    inside_->state.last_error.clear();
    session = std::exchange(inside_->session, nullptr);
    inside_->changed.notify_all();
  }
  if (keeper_.joinable()) keeper_.join();
  if (session) {
    session->plain.clear();
    natsConnection_Close(session->connection.get());
  }
}

}  // namespace decnet::bus
