#include "decnet/rules/state.h"

#include <algorithm>
#include <array>

namespace decnet::rules {
namespace {

constexpr std::array<std::string_view, 3> kWords = {"enabled", "disabled", "clipped"};

}  // namespace

std::optional<double> State::apply(double confidence, UtcTime now) const {
  if (expired(now)) return confidence;
  switch (kind) {
    case Kind::kDisabled:
      return std::nullopt;
    case Kind::kClipped:
      return std::min(confidence, confidence_max.value_or(confidence));
    case Kind::kEnabled:
      break;
  }
  return confidence;
}

std::string_view to_string(State::Kind kind) { return kWords[static_cast<std::size_t>(kind)]; }

std::optional<State::Kind> state_kind(std::string_view word) {
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<State::Kind>(found - kWords.begin());
}

}  // namespace decnet::rules
