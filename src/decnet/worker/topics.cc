#include "decnet/worker/topics.h"

#include <utility>

#include "decnet/bus/topic.h"

namespace decnet::worker {
namespace {

constexpr std::array<std::pair<std::string_view, SourceKind>, 8> kKinds = {
    {{"attacker.session.ended", SourceKind::kSession},
     {"attacker.observed", SourceKind::kSession},
     {"attacker.intel.enriched", SourceKind::kIntel},
     {"identity.formed", SourceKind::kIdentity},
     {"identity.merged", SourceKind::kIdentity},
     {"credential.reuse.detected", SourceKind::kCredential},
     {"email.received", SourceKind::kEmail},
     // Tokens placed and revoked are administration, not attacks.
     {"canary.*.triggered", SourceKind::kCanaryFingerprint}}};

}  // namespace

std::string source_kind_of(std::string_view topic, std::string_view type) {
  for (const auto& [pattern, kind] : kKinds) {
    if (bus::topic_matches(pattern, topic)) return std::string(to_string(kind));
  }
  if (bus::topic_matches("canary.>", topic)) return {};
  return std::string(type);
}

}  // namespace decnet::worker
