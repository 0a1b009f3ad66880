// ObservationBatch: what a stretch of log says, gathered by attacker, ready to be stored at once.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/storage/observations.h"

namespace decnet::importers {

class ObservationBatch {
 public:
  // An attacker was seen: on which decoy, through which service ("" for what is not known).
  storage::Observation& sighting(std::string_view ip, UtcTime time, std::string_view decky,
                                 std::string_view service);
  // A command or a login of the attacker that sighting() gave.
  void add(storage::Observation& attacker, storage::ObservedCommand command);
  void add(storage::Observation& attacker, storage::ObservedLogin login);

  // One an attacker, in the order first seen.
  [[nodiscard]] std::span<const storage::Observation> observations() const { return attackers_; }
  [[nodiscard]] bool empty() const { return attackers_.empty(); }
  // What it holds in memory, roughly.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  std::vector<storage::Observation> attackers_;
  std::unordered_map<std::string, std::size_t> by_ip_;  // index into attackers_
  std::size_t bytes_ = 0;
};

}  // namespace decnet::importers
