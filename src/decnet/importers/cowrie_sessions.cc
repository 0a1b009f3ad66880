#include "decnet/importers/cowrie_sessions.h"

#include <utility>

namespace decnet::importers {

void CowrieSessions::complete(CowrieLine& line) {
  const std::size_t size = line.sensor.size() + line.session.size();
  if (line.session.empty() || size > kMaxNameBytes) return;
  std::string name;
  name.reserve(size + 1);
  name += line.session;
  name += '\n';
  name += line.sensor;
  Known& known = remember(std::move(name));
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
