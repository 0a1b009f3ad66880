#include <algorithm>

#include "decnet/attack/catalogue.h"

namespace decnet::attack {

Placement place(const Catalogue& catalogue, const TechniqueId& technique,
                const std::optional<TechniqueId>& sub_technique, const TacticId& tactic) {
  Placement placed;
  placed.technique_id = technique;
  if (sub_technique && !sub_technique->empty()) placed.sub_technique_id = sub_technique;
  placed.tactic = tactic;
  const std::string written = placed.sub_technique_id.value_or(technique).text();

  if (const Technique* found = catalogue.current(written)) {
    placed.known = true;
    placed.succeeded = found->id != written;
    if (found->parent.empty()) {
      placed.technique_id = TechniqueId(found->id);
      placed.sub_technique_id.reset();
    } else {
      placed.technique_id = TechniqueId(found->parent);
      placed.sub_technique_id = TechniqueId(found->id);
    }
    const auto lists = [&](const TacticId& id) {
      return std::ranges::find(found->tactics, id.text()) != found->tactics.end();
    };
    if (placed.succeeded && !lists(tactic) && !found->tactics.empty()) {
      placed.tactic = TacticId(found->tactics.front());
    }
    placed.tactic_listed = lists(placed.tactic);
    if (!found->url.empty()) placed.mitre_url = found->url;
  }

  const Tactic* known = catalogue.tactic(placed.tactic.text());
  placed.tactic_known = known != nullptr && known->id == placed.tactic.text();  // no short name
  return placed;
}

}  // namespace decnet::attack
