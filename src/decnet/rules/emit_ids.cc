#include "decnet/rules/emit_ids.h"

#include <fmt/format.h>

namespace decnet::rules {

std::vector<IdFlaw> id_flaws(const Emit& emit, const attack::Placement& placement,
                             const attack::Catalogue& catalogue) {
  std::vector<IdFlaw> flaws;
  const TechniqueId& id = emit.sub_technique_id ? *emit.sub_technique_id : emit.technique_id;
  const std::string_view id_key = emit.sub_technique_id ? "sub_technique_id" : "technique_id";
  const std::string& release = catalogue.release();
  const attack::Technique* known = catalogue.technique(id.text());
  if (!placement.known) {
    flaws.push_back({id_key, fmt::format("{} is unknown to ATT&CK {}; tags store it as written",
                                         id.text(), release)});
  } else if (placement.succeeded) {
    const TechniqueId& successor =
        placement.sub_technique_id ? *placement.sub_technique_id : placement.technique_id;
    flaws.push_back(
        {id_key, fmt::format("{} is revoked in ATT&CK {}; tags store its successor {} under {}",
                             id.text(), release, successor.text(), placement.tactic.text())});
  } else if (known != nullptr && known->deprecated) {
    flaws.push_back({id_key, fmt::format("{} is deprecated in ATT&CK {}", id.text(), release)});
  }
  if (!placement.tactic_known) {
    flaws.push_back({"tactic", fmt::format("tactic {} is unknown to ATT&CK {}",
                                           placement.tactic.text(), release)});
  } else if (placement.known && !placement.tactic_listed) {
    flaws.push_back({"tactic",
                     fmt::format("{} is not among the tactics of {} in ATT&CK {}",
                                 placement.tactic.text(), id.text(), release),
                     true});
  }
  return flaws;
}

}  // namespace decnet::rules
