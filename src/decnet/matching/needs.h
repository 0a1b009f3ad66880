// Needs: fixed strings that a text must have if an expression is to match somewhere in it. Most
// texts lack them, and are not searched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decnet/matching/beside.h"

namespace decnet::matching {

// As Literals takes them.
struct Witness {
  std::string text;  // ASCII without capitals, not empty; or Literals::kBeyondAscii
  Beside before = kAnything;
  Beside after = kAnything;

  friend auto operator<=>(const Witness&, const Witness&) = default;
};
// Every text that matches has at least one of them; never empty.
using Need = std::vector<Witness>;

inline constexpr std::size_t kMaxNeeds = 3;

// At most kMaxNeeds, the most telling first, each sorted; none when nothing fixed is needed, or too
// much. `expression` is an Expression's witness that RE2 has accepted.
std::vector<Need> needs_of(std::string_view expression);

}  // namespace decnet::matching
