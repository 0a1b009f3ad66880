#include "tests/torture/announcements.h"

#include <algorithm>
#include <stdexcept>

namespace decnet::torture {

void Announcements::add(std::string_view topic, const Json& payload, const std::string& id) {
  // What is said of rules and of tags that were withheld names no tag.
  if (topic != "ttp.tagged" && !topic.starts_with("ttp.rule.fired.")) return;
  const Json* uuids = payload.find("tag_uuids");
  if (uuids == nullptr || uuids->array() == nullptr || uuids->array()->empty()) {
    throw std::runtime_error("an announcement that names no tag: " + payload.dump());
  }
  const bool is_tagged = topic == "ttp.tagged";
  const Json* session = payload.find("session_id");
  const std::lock_guard lock(mutex_);
  ++messages_;
  ids_.insert(id);
  if (is_tagged && session != nullptr && session->string() != nullptr) {
    sessions_.insert(*session->string());
  }
  for (const Json& uuid : *uuids->array()) {
    (is_tagged ? tagged_ : fired_)[*uuid.string()].insert(id);
  }
}

std::size_t Announcements::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::size_t Announcements::repeated() const {
  const std::lock_guard lock(mutex_);
  return messages_ - ids_.size();
}

std::vector<std::string> Announcements::unsaid(const std::vector<std::string>& uuids) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> missing;
  std::copy_if(uuids.begin(), uuids.end(), std::back_inserter(missing), [this](const auto& uuid) {
    return tagged_.count(uuid) == 0 || fired_.count(uuid) == 0;
  });
  return missing;
}

std::size_t Announcements::ambiguous() const {
  const auto several = [](const Names& names) {
    return std::count_if(names.begin(), names.end(),
                         [](const auto& named) { return named.second.size() > 1; });
  };
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(several(tagged_) + several(fired_));
}

std::size_t Announcements::invented(const std::vector<std::string>& uuids) const {
  const std::set<std::string_view> stored(uuids.begin(), uuids.end());
  const auto unknown = [&stored](const Names& names) {
    return std::count_if(names.begin(), names.end(),
                         [&](const auto& named) { return stored.count(named.first) == 0; });
  };
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(unknown(tagged_) + unknown(fired_));
}

bool Announcements::names(const std::string& session) const {
  const std::lock_guard lock(mutex_);
  return sessions_.count(session) > 0;
}

}  // namespace decnet::torture
