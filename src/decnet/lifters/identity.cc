// identity.cc: what only shows when an actor's addresses are seen together.
#include <array>
#include <utility>

#include "decnet/lifters/fields.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

constexpr std::array kKinds = {SourceKind::kIdentity};
constexpr std::string_view kPasswordSpraying = "lifter:identity_password_spraying";

// The finding is the identity's, not that of the address it was last seen at: its tags have no
// attacker.
void lift(const Lifting& lifting) {
  if (!lifting.event.identity_uuid) return;
  const Json& payload = lifting.event.payload;
  const std::string* hash = some_text(payload, "shared_password_hash");
  const std::int64_t* accounts = integer(payload, "account_count");
  if (hash == nullptr || accounts == nullptr) return;

  const std::size_t before = lifting.tags.size();
  const std::size_t withheld = lifting.suppressed == nullptr ? 0 : lifting.suppressed->size();
  for (const rules::Rule* rule : lifting.rules.lifter_rules(lifting.event.source_kind)) {
    if (rule->definition.match_kind != kPasswordSpraying) continue;
    const auto least = integer_parameter(rule->definition.parameters, "account_threshold", 1);
    if (!least || *accounts < *least) continue;
    lifting.fire(*rule,
                 evidence_of(lifting.event, *rule,
                             {{"shared_password_hash", *hash}, {"account_count", *accounts}}));
  }
  for (std::size_t i = before; i < lifting.tags.size(); ++i) lifting.tags[i].attacker_uuid.reset();
  if (lifting.suppressed == nullptr) return;
  for (std::size_t i = withheld; i < lifting.suppressed->size(); ++i) {
    (*lifting.suppressed)[i].attacker_uuid.reset();
  }
}

}  // namespace

Lifter identity() { return {"identity", kKinds, lift}; }

}  // namespace decnet::lifters
