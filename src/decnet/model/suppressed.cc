#include "decnet/model/suppressed.h"

#include <array>

namespace decnet {
namespace {

constexpr std::array<std::string_view, 3> kWords = {"below_floor", "rate_limited", "rule_disabled"};

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

}  // namespace

std::string_view to_string(Suppressed::Reason reason) {
  return kWords[static_cast<std::size_t>(reason)];
}

Json Suppressed::payload() const {
  return Json::object(
      {{"rule_id", rule_id.text()},
       {"rule_version", rule_version},
       {"technique_id", technique_id.text()},
       {"sub_technique_id", sub_technique_id ? Json(sub_technique_id->text()) : Json()},
       {"reason", to_string(reason)},
       {"source_kind", source_kind},
       {"source_id", source_id},
       {"attacker_uuid", text_or_null(attacker_uuid)},
       {"identity_uuid", text_or_null(identity_uuid)},
       {"session_id", text_or_null(session_id)}});
}

Suppressed suppressed(const Tag& tag, Suppressed::Reason reason) {
  return {
      reason,          tag.rule_id,   tag.rule_version,  tag.technique_id,  tag.sub_technique_id,
      tag.source_kind, tag.source_id, tag.attacker_uuid, tag.identity_uuid, tag.session_id};
}

}  // namespace decnet
