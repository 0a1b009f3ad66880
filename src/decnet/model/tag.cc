#include "decnet/model/tag.h"

#include <fmt/format.h>

namespace decnet {

const UuidBytes& tag_namespace() {
  static const UuidBytes kNamespace = uuid_bytes("1ca31f08-5522-5aae-8371-fe81f0e39de3");
  return kNamespace;
}

std::string tag_uuid(const TagKey& key) {
  fmt::memory_buffer text;
  const auto append = [&text](std::string_view part) { text.append(part); };
  append(key.source_kind);
  append("|");
  append(key.source_id);
  append("|");
  append(key.rule_id);
  append("|");
  append(fmt::format_int(key.rule_version).c_str());
  append("|");
  append(key.technique_id);
  append("|");
  append(key.sub_technique_id);
  return uuid_v5(tag_namespace(), std::string_view(text.data(), text.size()));
}

}  // namespace decnet
