// Calibration: how often tags are right, beside the confidence they state.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/evaluation/corpus.h"

namespace decnet::evaluation {

struct Tally {
  std::int64_t judged = 0;  // tags on which a label can be asked; a text that recurs counts once
  std::int64_t agree = 0;
  double stated = 0.0;  // the sum of their confidences

  [[nodiscard]] double precision() const;
  [[nodiscard]] double mean_stated() const;
};

struct Band {
  std::string_view name;
  double from = 0.0;  // the least confidence in it
  Tally tally;
};
inline constexpr std::size_t kBands = 3;

// From the highest confidence to the lowest.
std::array<Band, kBands> by_band(std::span<const Verdict> verdicts);

struct OfRule {
  std::string rule;
  Tally tally;
};

// Every rule that gave a judged tag, by id.
std::vector<OfRule> by_rule(std::span<const Verdict> verdicts);

}  // namespace decnet::evaluation
