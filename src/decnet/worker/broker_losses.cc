#include "decnet/worker/broker_losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "decnet/worker/topics.h"

namespace decnet::worker {
namespace {

std::uint64_t count_in(const Json& json) {
  const std::int64_t* number = json.integer();
  return number == nullptr ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0));
}

// Of the connections there are, listed as "<number> <name>".
std::uint64_t lost_by_living(const Json& heartbeat) {
  const Json* subscribers = heartbeat.find("dropped_by_subscriber");
  if (subscribers == nullptr || subscribers->object() == nullptr) return 0;
  std::uint64_t lost = 0;
  for (const auto& [name, count] : *subscribers->object()) {
    if (name.ends_with(fmt::format(" {}", kClientName))) lost += count_in(count);
  }
  return lost;
}

}  // namespace

std::uint64_t BrokerLosses::hear(const Json& heartbeat) {
  const Json* clients = heartbeat.find("dropped_by_client");
  const Json* ours = clients == nullptr ? nullptr : clients->find(kClientName);
  // An earlier release's broker tells of living connections alone, and one that has lost events of
  // very many names keeps no more of them apart.
  const std::uint64_t told = ours == nullptr ? lost_by_living(heartbeat) : count_in(*ours);

  const Json* pid = heartbeat.find("pid");
  const Json* uptime = heartbeat.find("uptime_sec");
  const std::int64_t number = pid == nullptr || pid->integer() == nullptr ? 0 : *pid->integer();
  double seconds = 0;
  if (uptime != nullptr) (void)uptime->number(seconds);
  // Process ids are used again, in containers at once.
  const bool same = number == pid_ && seconds >= uptime_s_;
  pid_ = number;
  uptime_s_ = seconds;
  const std::uint64_t before = std::exchange(told_, told);
  if (!std::exchange(heard_, true)) return lost_by_living(heartbeat);
  if (!same) return told;  // a broker that began after we did
  return told > before ? told - before : 0;
}

}  // namespace decnet::worker
