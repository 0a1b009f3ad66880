#include "decnet/storage/admission.h"

#include <fmt/format.h>

#include <cmath>

#include "decnet/storage/repository.h"

namespace decnet::storage {
namespace {

std::size_t text_bytes(const Tag& tag) {
  const auto size = [](const std::optional<std::string>& text) { return text ? text->size() : 0; };
  return tag.uuid.size() + tag.source_kind.size() + tag.source_id.size() + size(tag.attacker_uuid) +
         size(tag.identity_uuid) + size(tag.session_id) + size(tag.decky_id) +
         tag.tactic.text().size() + tag.technique_id.text().size() +
         (tag.sub_technique_id ? tag.sub_technique_id->text().size() : 0) +
         tag.rule_id.text().size() + tag.attack_release.size() + size(tag.mitre_url);
}

}  // namespace

Admission admit(const Tag& tag, std::size_t evidence_bytes) {
  const auto refuse = [](std::string reason) {
    return Admission{Verdict::kRefused, std::move(reason)};
  };
  // Not written as "below 0 or above 1": a NaN is neither.
  if (!(tag.confidence >= 0.0 && tag.confidence <= 1.0)) {
    return refuse(fmt::format("confidence {} is not between 0 and 1", tag.confidence));
  }
  if (tag.confidence < kConfidenceFloor) return {Verdict::kBelowFloor, {}};
  if (!tag.attacker_uuid && !tag.identity_uuid) {
    return refuse("neither attacker_uuid nor identity_uuid is set");
  }
  if (tag.uuid.empty()) return refuse("uuid is empty");
  if (tag.evidence.object() == nullptr) return refuse("evidence is not an object");
  if (const std::size_t bytes = text_bytes(tag) + evidence_bytes; bytes > kMaxRowBytes) {
    return refuse(fmt::format("the row has {} bytes, more than {}", bytes, kMaxRowBytes));
  }
  return {};
}

}  // namespace decnet::storage
