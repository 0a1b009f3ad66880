// CowrieSessions: what earlier lines said about the sessions that later lines only name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "decnet/importers/cowrie_line.h"

namespace decnet::importers {

// Bounded: it knows at least the kRemembered sessions last spoken of, and at most twice as many.
class CowrieSessions {
 public:
  static constexpr std::size_t kRemembered = 32768;
  // Longer names of sensor and session together are no names Cowrie makes; they are not kept.
  static constexpr std::size_t kMaxNameBytes = 160;

  // Gives `line` the address and the service of its session where it has none itself, and learns
  // from it what it has.
  void complete(CowrieLine& line);

  // What somebody else knows of a session.
  void learn(std::string_view sensor, std::string_view session, std::string ip,
             std::string service);

  [[nodiscard]] std::size_t size() const { return recent_.size() + older_.size(); }

 private:
  struct Known {
    std::string ip;
    std::string service;
  };
  using Map = std::unordered_map<std::string, Known>;

  // Nothing for a name that is not kept.
  Known* find_or_remember(std::string_view sensor, std::string_view session);
  Known& remember(std::string name);

  // Two generations: when the recent one is full it becomes the older one, and what was older and
  // not spoken of since is forgotten.
  Map recent_;
  Map older_;
};

}  // namespace decnet::importers
