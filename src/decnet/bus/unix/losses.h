// Losses: how many events the clients of a broker lost, by the names they greeted with. A client's
// losses stay on record when its connection ends: who was cut off hears of it when it is back.
//
// Memory: peers choose their names, so only so many are told apart; what others lose is one sum.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "decnet/base/json.h"

namespace decnet::bus {

class Losses {
 public:
  static constexpr std::size_t kMaxNames = 256;
  static constexpr std::string_view kOthers = "(others)";

  void add(std::string_view name, std::uint64_t events);
  // {"name": events}
  [[nodiscard]] Json to_json() const;

 private:
  std::map<std::string, std::uint64_t, std::less<>> by_name_;
};

}  // namespace decnet::bus
