#include "decnet/rules/spelling.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace decnet::rules {

bool is_close(std::string_view written, std::string_view meant) {
  constexpr std::size_t kMaxLength = 32;
  constexpr std::size_t kMaxSlips = 2;
  if (written == meant || written.size() > kMaxLength || meant.size() > kMaxLength) return false;

  // Optimal string alignment: distance[i][j] is that of the first i and the first j letters.
  std::array<std::array<std::size_t, kMaxLength + 1>, kMaxLength + 1> distance{};
  for (std::size_t i = 0; i <= written.size(); ++i) {
    for (std::size_t j = 0; j <= meant.size(); ++j) {
      if (i == 0 || j == 0) {
        distance[i][j] = i + j;
        continue;
      }
      const bool same = written[i - 1] == meant[j - 1];
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1,
                                 distance[i - 1][j - 1] + (same ? 0U : 1U)});
      const bool swapped =
          i > 1 && j > 1 && written[i - 1] == meant[j - 2] && written[i - 2] == meant[j - 1];
      if (swapped) distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
    }
  }
  const std::size_t slips = distance[written.size()][meant.size()];
  return slips <= kMaxSlips && 2 * slips < std::max(written.size(), meant.size());
}

}  // namespace decnet::rules
