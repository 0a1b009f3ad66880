#include "decnet/bus/unix/losses.h"

#include <utility>

namespace decnet::bus {

void Losses::add(std::string_view name, std::uint64_t events) {
  if (events == 0) return;
  auto known = by_name_.find(name);
  if (known == by_name_.end()) {
    known = by_name_.try_emplace(std::string(by_name_.size() < kMaxNames ? name : kOthers)).first;
  }
  known->second += events;
}

Json Losses::to_json() const {
  Json::Object object;
  for (const auto& [name, events] : by_name_) {
    object.emplace_back(name, static_cast<std::int64_t>(events));
  }
  return Json(std::move(object));
}

}  // namespace decnet::bus
