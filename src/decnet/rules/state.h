// State: what an operator decided about a rule, laid over its definition and never written into it:
// silence it, hold its confidence down, for a while or for good.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/clock.h"
#include "decnet/model/ids.h"

namespace decnet::rules {

struct State {
  enum class Kind : std::uint8_t { kEnabled, kDisabled, kClipped };
  Kind kind = Kind::kEnabled;
  std::optional<double> confidence_max = {};  // ceiling in [0, 1]; counts only when clipped
  std::optional<UtcTime> expires_at = {};     // from then on the rule is as if it had no state
  std::string reason = {};                    // the operator's note
  std::string set_by = {};
  std::optional<UtcTime> set_at = {};  // given by the store at every set

  [[nodiscard]] bool expired(UtcTime now) const { return expires_at && *expires_at <= now; }
  // What is left of a confidence: nothing when the rule may not fire. A ceiling never raises.
  [[nodiscard]] std::optional<double> apply(double confidence, UtcTime now) const;

  friend bool operator==(const State&, const State&) = default;
};

// "enabled", "disabled", "clipped".
std::string_view to_string(State::Kind kind);
std::optional<State::Kind> state_kind(std::string_view word);

// A rule that is not in it was never given a state: enabled. Rules that do not exist (yet) may be.
using States = std::map<RuleId, State>;

}  // namespace decnet::rules
