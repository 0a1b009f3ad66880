#include "tests/torture/unix_peers.h"

#include <functional>
#include <utility>

namespace decnet::torture {

UnixPeers::UnixPeers(std::filesystem::path socket, std::filesystem::path directory)
    : socket_(std::move(socket)), directory_(std::move(directory)) {
  start_broker();
  listener_ = std::thread([this] { listen(); });
  await_listener();
}

UnixPeers::~UnixPeers() {
  ended_ = true;
  listener_.join();
}

void UnixPeers::start_broker() { broker_ = test::start_broker(socket_, directory_); }

void UnixPeers::end_broker(int signal) {
  broker_->end(signal);
  broker_.reset();
  dropped_for_workers_ = 0;
  dropped_for_listener_ = 0;
}

bool UnixPeers::publish(const bus::Envelope& event) {
  const std::lock_guard lock(publishing_);
  const std::string body = bus::encode(event);
  // A broker that was started again has closed this one, which shows when something is sent.
  if (publisher_ && publisher_->publish(event.topic, body)) return true;
  publisher_ = std::make_unique<test::BusClient>(socket_, std::vector<std::string>{});
  return publisher_->connected() && publisher_->publish(event.topic, body);
}

const Announcements& UnixPeers::said() {
  std::vector<test::BusClient::Event> heard;
  {
    const std::lock_guard lock(heard_mutex_);
    heard.swap(heard_);
  }
  for (const auto& event : heard) {
    const auto body = Json::parse(event.body).value();
    const Json& payload = *body.find("payload");
    // The broker gives every message an id of its own: what it says must do.
    said_.add(event.topic, payload,
              std::to_string(std::hash<std::string>()(event.topic + payload.dump())));
  }
  return said_;
}

void UnixPeers::await_listener() const {
  test::eventually([this] { return listening_.load(); });
}

void UnixPeers::await_beat() {
  // The next one may have been on its way already.
  const std::uint64_t wanted = beats_ + 2;
  test::eventually([&] { return beats_ >= wanted; });
}

std::uint64_t UnixPeers::dropped_for_workers() {
  await_beat();
  return dropped_for_workers_;
}

std::uint64_t UnixPeers::dropped_for_listener() {
  await_beat();
  return dropped_for_listener_;
}

void UnixPeers::hear_beat(const Json& payload) {
  std::uint64_t workers = 0;
  std::uint64_t others = 0;
  if (const Json* dropped = payload.find("dropped_by_subscriber");
      dropped != nullptr && dropped->object() != nullptr) {
    for (const auto& [name, count] : *dropped->object()) {
      (name.ends_with(" ttp") ? workers : others) += static_cast<std::uint64_t>(*count.integer());
    }
  }
  dropped_for_workers_ = workers;
  dropped_for_listener_ = others;
  ++beats_;
}

void UnixPeers::listen() {
  std::unique_ptr<test::BusClient> client;
  while (!ended_) {
    if (!client || !client->connected()) {
      listening_ = false;
      client = std::make_unique<test::BusClient>(
          socket_, std::vector<std::string>{"ttp.>", "system.bus.health"});
      if (!client->connected()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      listening_ = client->connected();
      continue;
    }
    auto event = client->next(std::chrono::milliseconds(100));
    if (!event) continue;
    if (event->topic == "system.bus.health") {
      hear_beat(*Json::parse(event->body).value().find("payload"));
      continue;
    }
    const std::lock_guard lock(heard_mutex_);
    heard_.push_back(std::move(*event));
  }
}

}  // namespace decnet::torture
