#include "decnet/importers/cowrie_sessions.h"

#include <utility>

namespace decnet::importers {

CowrieSessions::Known* CowrieSessions::find_or_remember(std::string_view sensor,
                                                        std::string_view session) {
  const std::size_t size = sensor.size() + session.size();
  if (session.empty() || size > kMaxNameBytes) return nullptr;
  std::string name;
  name.reserve(size + 1);
  name += session;
  name += '\n';
  name += sensor;
  return &remember(std::move(name));
}

void CowrieSessions::learn(std::string_view sensor, std::string_view session, std::string ip,
                           std::string service) {
  if (Known* known = find_or_remember(sensor, session)) {
    *known = {std::move(ip), std::move(service)};
  }
}

void CowrieSessions::complete(CowrieLine& line) {
  Known* const found = find_or_remember(line.sensor, line.session);
  if (found == nullptr) return;
  Known& known = *found;
  if (line.kind == CowrieLine::Kind::kSessionStart) known = {};  // an id used again
  if (line.ip.empty()) {
    line.ip = known.ip;
  } else if (known.ip.empty()) {
    known.ip = line.ip;
  }
  if (line.service.empty()) {
    line.service = known.service;
  } else if (known.service.empty()) {
    known.service = line.service;
  }
}

CowrieSessions::Known& CowrieSessions::remember(std::string name) {
  if (const auto found = recent_.find(name); found != recent_.end()) return found->second;
  if (recent_.size() >= kRemembered) {
    older_ = std::exchange(recent_, {});
  }
  if (auto moved = older_.extract(name)) {
    return recent_.insert(std::move(moved)).position->second;
  }
  return recent_[std::move(name)];
}

}  // namespace decnet::importers
