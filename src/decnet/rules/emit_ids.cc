#include "decnet/rules/emit_ids.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace decnet::rules {
namespace {

class IdCheck {
 public:
  IdCheck(const Definition& definition, const attack::Catalogue& catalogue,
          std::vector<Problem>& problems, std::vector<Problem>& remarks)
      : definition_(definition), catalogue_(catalogue), problems_(problems), remarks_(remarks) {}

  void check(std::size_t index) {
    const Emit& emit = definition_.emits[index];
    const auto placement =
        attack::place(catalogue_, emit.technique_id, emit.sub_technique_id, emit.tactic);
    const std::string key = fmt::format("emits[{}]", index);
    check_technique(emit, placement,
                    key + (emit.sub_technique_id ? ".sub_technique_id" : ".technique_id"));
    check_tactic(most_specific(emit), placement, key + ".tactic");
  }

 private:
  static const TechniqueId& most_specific(const Emit& emit) {
    return emit.sub_technique_id ? *emit.sub_technique_id : emit.technique_id;
  }

  void check_technique(const Emit& emit, const attack::Placement& placement,
                       const std::string& key) {
    const std::string& id = most_specific(emit).text();
    const attack::Technique* known = catalogue_.technique(id);
    if (!placement.known) {
      add(problems_, key,
          fmt::format("{} is unknown to ATT&CK {}; tags store it as written", id, release()));
    } else if (placement.succeeded) {
      const TechniqueId& successor =
          placement.sub_technique_id ? *placement.sub_technique_id : placement.technique_id;
      add(problems_, key,
          fmt::format("{} is revoked in ATT&CK {}; tags store its successor {} under {}", id,
                      release(), successor.text(), placement.tactic.text()));
    } else if (known != nullptr && known->deprecated) {
      add(problems_, key, fmt::format("{} is deprecated in ATT&CK {}", id, release()));
    }
  }

  void check_tactic(const TechniqueId& technique, const attack::Placement& placement,
                    const std::string& key) {
    const std::string& tactic = placement.tactic.text();
    if (!placement.tactic_known) {
      add(problems_, key, fmt::format("tactic {} is unknown to ATT&CK {}", tactic, release()));
    } else if (placement.known && !placement.tactic_listed) {
      add(remarks_, key,
          fmt::format("{} is not among the tactics of {} in ATT&CK {}", tactic, technique.text(),
                      release()));
    }
  }

  [[nodiscard]] const std::string& release() const { return catalogue_.release(); }

  void add(std::vector<Problem>& to, const std::string& key, std::string_view message) const {
    const std::string& id = definition_.id.text();
    to.push_back({Problem::Severity::kWarning, definition_.path, definition_.line_of(key),
                  fmt::format("{}{}{}", id, id.empty() ? "" : ": ", message)});
  }

  const Definition& definition_;
  const attack::Catalogue& catalogue_;
  std::vector<Problem>& problems_;
  std::vector<Problem>& remarks_;
};

}  // namespace

void check_ids(const Definition& definition, const attack::Catalogue& catalogue,
               std::vector<Problem>& problems, std::vector<Problem>& remarks) {
  IdCheck check(definition, catalogue, problems, remarks);
  for (std::size_t i = 0; i < definition.emits.size(); ++i) check.check(i);
}

}  // namespace decnet::rules
