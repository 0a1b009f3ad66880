#include "decnet/importers/observation_batch.h"

#include <algorithm>
#include <utility>

namespace decnet::importers {

namespace {

// What a payload holds in memory, roughly: its texts.
std::size_t bytes_of(const Json& value) {
  std::size_t bytes = sizeof(Json);
  if (const auto* text = value.string()) bytes += text->size();
  if (const auto* elements = value.array()) {
    for (const Json& element : *elements) bytes += bytes_of(element);
  }
  if (const auto* members = value.object()) {
    for (const auto& [key, member] : *members) bytes += key.size() + bytes_of(member);
  }
  return bytes;
}

}  // namespace

std::string session_key(std::string_view ip, std::string_view decky, std::string_view id) {
  std::string key;
  key.reserve(ip.size() + decky.size() + id.size() + 2);
  key.append(ip).append("\n").append(id).append("\n").append(decky);
  return key;
}

void ObservationBatch::begin_log(std::string_view name, bool live) {
  if (log_ != name) log_ = name;
  live_ = live;
}

SessionSighting& ObservationBatch::session(std::string_view ip, std::string_view decky,
                                           std::string_view id, UtcTime time, bool starts) {
  const auto [place, is_new] =
      by_session_.try_emplace(session_key(ip, decky, id), sessions_.size());
  if (is_new || (starts && sessions_[place->second].ended)) {
    place->second = sessions_.size();
    sessions_.push_back({log_,
                         live_,
                         std::string(ip),
                         std::string(decky),
                         std::string(id),
                         {},
                         time,
                         time,
                         {},
                         {}});
    bytes_ += sizeof(SessionSighting) + 2 * (ip.size() + decky.size() + id.size()) + log_.size();
  }
  SessionSighting& session = sessions_[place->second];
  session.live = live_;
  session.first = std::min(session.first, time);
  session.last = std::max(session.last, time);
  return session;
}

storage::Observation& ObservationBatch::sighting(std::string_view ip, UtcTime time,
                                                 std::string_view decky, std::string_view service) {
  const auto [place, is_new] = by_ip_.try_emplace(std::string(ip), attackers_.size());
  if (is_new) {
    storage::Observation& attacker = attackers_.emplace_back();
    attacker.ip = ip;
    attacker.first_seen = time;
    attacker.last_seen = time;
    bytes_ += sizeof(storage::Observation) + 4 * ip.size();
  }
  storage::Observation& attacker = attackers_[place->second];
  attacker.first_seen = std::min(attacker.first_seen, time);
  attacker.last_seen = std::max(attacker.last_seen, time);
  if (!decky.empty() && attacker.deckies.emplace(decky).second) bytes_ += 64 + decky.size();
  if (!service.empty() && attacker.services.emplace(service).second) bytes_ += 64;
  return attacker;
}

void ObservationBatch::add(storage::Observation& attacker, storage::ObservedCommand command) {
  bytes_ += sizeof command + command.id.size();
  for (const auto& [key, value] : *command.element.object()) {
    bytes_ += sizeof(Json::Member) + key.size();
    if (const auto* text = value.string()) bytes_ += text->size();
  }
  attacker.commands.push_back(std::move(command));
}

void ObservationBatch::add(storage::Observation& attacker, storage::ObservedLogin login) {
  bytes_ += sizeof login + login.id.size() + login.session_id.size() + login.decky.size() +
            login.username.size() + login.password.size();
  attacker.logins.push_back(std::move(login));
}

void ObservationBatch::add(storage::Observation& attacker, storage::ObservedEvent event) {
  bytes_ += sizeof event + event.id.size() + event.session_id.size() + event.decky.size() +
            bytes_of(event.payload);
  attacker.events.push_back(std::move(event));
}

void ObservationBatch::add(storage::Observation& attacker, storage::ObservedTrigger trigger) {
  bytes_ += sizeof trigger + trigger.id.size() + trigger.token.size() + bytes_of(trigger.headers);
  attacker.triggers.push_back(std::move(trigger));
}

void ObservationBatch::clear() {
  attackers_.clear();
  by_ip_.clear();
  sessions_.clear();
  by_session_.clear();
  bytes_ = 0;
}

}  // namespace decnet::importers
