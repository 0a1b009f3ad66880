// Tag: the statement "this event shows this technique, by this rule": one row of ttp_tag.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/clock.h"
#include "decnet/base/json.h"
#include "decnet/base/uuid.h"
#include "decnet/model/ids.h"

namespace decnet {

struct Tag {
  std::string uuid;  // tag_uuid() of what the rule says, so that the same event gives the same one
  std::string source_kind;
  std::string source_id;
  std::optional<std::string> attacker_uuid;  // this or identity_uuid is set
  std::optional<std::string> identity_uuid;
  std::optional<std::string> session_id;
  std::optional<std::string> decky_id;
  TacticId tactic;
  TechniqueId technique_id;                     // the parent technique, "T1110"
  std::optional<TechniqueId> sub_technique_id;  // its sub-technique in full, "T1110.003"
  double confidence = 0.0;                      // in [0, 1]
  RuleId rule_id;
  int rule_version = 0;
  Json evidence = Json::object({});  // an object, never null
  std::string attack_release;        // release the technique ids belong to, "v19"
  std::optional<std::string> mitre_url;
  UtcTime created_at;  // when it was tagged, not when it happened

  [[nodiscard]] const TechniqueId& most_specific() const {
    return sub_technique_id ? *sub_technique_id : technique_id;
  }

  friend bool operator==(const Tag&, const Tag&) = default;
};

// What makes a tag the same tag: exactly these six values. The technique ids are the ones the rule
// is written with, so that replays agree whatever ATT&CK release is in use.
struct TagKey {
  std::string_view source_kind;
  std::string_view source_id;
  std::string_view rule_id;
  int rule_version = 0;
  std::string_view technique_id;
  std::string_view sub_technique_id;  // empty for none
};

// UUIDv5 in the namespace 1ca31f08-5522-5aae-8371-fe81f0e39de3 (the UUIDv5 of "decnet:ttp_tag:v1"
// in the URL namespace) of the six values joined by '|'. Nothing is escaped, trimmed or folded.
std::string tag_uuid(const TagKey& key);

// The namespace itself, for other ids that must be stable ("attacker|<ip>").
const UuidBytes& tag_namespace();

}  // namespace decnet
