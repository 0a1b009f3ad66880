#include "decnet/rules/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "decnet/rules/complaints.h"
#include "decnet/rules/match_kinds.h"
#include "decnet/rules/spelling.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {
namespace {

// The keys that may be left out. A required one is missed by the reader, which then asks whether it
// is another.
constexpr std::array<std::string_view, 6> kTopKeys = {
    "description", "evidence_fields", "tests", "attack_release", "last_reviewed", "next_review"};
constexpr std::array<std::string_view, 3> kMatchKeys = {"field", "more_fields", "kind"};
constexpr std::array<std::string_view, 1> kEmitKeys = {"sub_technique_id"};

// Names keys that are nearly one of `known`, where that one is not there.
void name_slips(const YamlNode& mapping, std::span<const std::string_view> known,
                std::string_view label, Complaints& complaints) {
  for (const YamlNode::Entry& entry : mapping.entries()) {
    const std::string& key = entry.key->text();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    for (const std::string_view meant : known) {
      if (!is_close(key, meant) || mapping.find(meant) != nullptr) continue;
      complaints.warning(entry.key->line(), fmt::format("{}{}: ignored; did you mean {}?", label,
                                                        in_quotes(key), meant));
      break;
    }
  }
}

void check_kind(const Definition& definition, Complaints& complaints) {
  const std::string& kind = definition.match_kind;
  const std::string_view owner = lifter_owner(kind);
  if (owner.empty() || is_match_kind(kind)) return;  // what nobody owns the reader has named
  const auto kinds = match_kinds();
  const auto meant = std::find_if(kinds.begin(), kinds.end(), [&kind](std::string_view known) {
    return is_close(kind, known) || known.ends_with(kind.substr(kind.find('_')));
  });
  complaints.warning(
      definition.line_of("match.kind"),
      fmt::format("match.kind: the {} lifter knows no {}; the rule loads and never fires{}", owner,
                  in_quotes(kind),
                  meant == kinds.end() ? "" : fmt::format("; did you mean {}?", *meant)));
}

}  // namespace

std::vector<Problem> lint(std::string_view yaml, const Definition& definition) {
  std::vector<Problem> problems;
  const auto document = YamlDocument::read(yaml);
  if (!document) return problems;
  Complaints complaints(definition.path, problems);
  const YamlNode& root = document->root();
  name_slips(root, kTopKeys, "", complaints);
  if (const auto* match = root.find("match"); match != nullptr && definition.is_pattern_rule()) {
    name_slips(*match->value, kMatchKeys, "match: ", complaints);
  }
  if (const auto* emits = root.find("emits")) {
    for (const YamlNode* element : emits->value->elements()) {
      name_slips(*element, kEmitKeys, "emits: ", complaints);
    }
  }
  check_kind(definition, complaints);
  complaints.sort_by_line();
  return problems;
}

}  // namespace decnet::rules
