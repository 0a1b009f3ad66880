// Suppressed: a tag that a rule would have given and that was withheld: what `ttp.rule.suppressed`
// tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/json.h"
#include "decnet/model/event.h"
#include "decnet/model/ids.h"
#include "decnet/model/tag.h"

namespace decnet {

struct Suppressed {
  enum class Reason : std::uint8_t {
    kBelowFloor,    // its confidence is too low to be stored
    kRateLimited,   // the rule has fired on this attacker too often of late
    kRuleDisabled,  // by an operator
  };
  Reason reason = Reason::kRuleDisabled;
  RuleId rule_id;
  int rule_version = 0;
  TechniqueId technique_id;  // as the tag would have had them
  std::optional<TechniqueId> sub_technique_id;
  std::string source_kind;
  std::string source_id;
  std::optional<std::string> attacker_uuid;
  std::optional<std::string> identity_uuid;
  std::optional<std::string> session_id;

  // The payload of the message, every key there.
  [[nodiscard]] Json payload() const;

  friend bool operator==(const Suppressed&, const Suppressed&) = default;
};

// "below_floor", "rate_limited", "rule_disabled".
std::string_view to_string(Suppressed::Reason reason);

// That this tag is withheld.
Suppressed suppressed(const Tag& tag, Suppressed::Reason reason);

}  // namespace decnet
