#include "decnet/rules/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "decnet/matching/pattern.h"
#include "decnet/model/event.h"
#include "decnet/rules/complaints.h"
#include "decnet/rules/match_kinds.h"
#include "decnet/rules/spelling.h"
#include "decnet/rules/yaml.h"
#include "decnet/shell/analysis.h"

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

// Kinds of events that the lifter of the rule does not look at. (What is no kind at all the reader
// has named; a pattern is searched in every kind; a lifter kind that nobody knows never fires.)
void check_judged(const YamlNode& root, const Definition& definition, Complaints& complaints) {
  const std::string_view owner = lifter_owner(definition.match_kind);
  const auto judged = judged_kinds(owner);
  const auto* const applies_to = root.find("applies_to");
  if (!is_match_kind(definition.match_kind) || judged.empty() || applies_to == nullptr) return;
  std::vector<std::string_view> names;
  for (const SourceKind kind : judged) names.push_back(to_string(kind));
  const auto& elements = applies_to->value->elements();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto kind = source_kind(elements[i]->text());
    if (!kind || std::find(judged.begin(), judged.end(), *kind) != judged.end()) continue;
    complaints.warning(
        elements[i]->line(),
        fmt::format("applies_to[{}]: the {} lifter judges {} alone; the rule never fires on {}", i,
                    owner, fmt::join(names, ", "), to_string(*kind)));
  }
}

// A field that only commands have, on other kinds; and one that is nearly one of theirs.
void check_field(const std::string& field, const std::string& label, const Definition& definition,
                 Complaints& complaints) {
  const auto& kinds = definition.applies_to;
  const std::string_view command = to_string(SourceKind::kCommand);
  const bool commands = std::find(kinds.begin(), kinds.end(), command) != kinds.end();
  const int line = definition.line_of(label);
  if (shell::text_kind(field)) {
    const bool made = std::any_of(kinds.begin(), kinds.end(), [&](const std::string& kind) {
      return payload_key(kind, field) != field;
    });
    if (made) return;
    complaints.warning(line, fmt::format("{}: {} is made of commands alone; the rule never fires "
                                         "on {}",
                                         label, field, fmt::join(kinds, ", ")));
    return;
  }
  if (!commands || field == default_field(command)) return;
  for (const std::string_view meant : shell::kTextKindNames) {
    if (!is_close(field, meant)) continue;
    complaints.warning(line, fmt::format("{}: no command has {}; did you mean {}?", label,
                                         in_quotes(field), meant));
    return;
  }
}

void check_fields(const Definition& definition, Complaints& complaints) {
  if (!definition.is_pattern_rule()) return;
  if (!definition.field.empty()) {
    check_field(definition.field, "match.field", definition, complaints);
  }
  for (const std::string& field : definition.more_fields) {
    check_field(field, "match.more_fields", definition, complaints);
  }
}

void check_pattern(const Definition& definition, Complaints& complaints) {
  if (!definition.is_pattern_rule() || definition.pattern.empty()) return;
  const auto pattern = definition.ready.of(definition.pattern);
  if (!pattern) return;  // the reader has said why
  for (const std::string_view text : {"", "\x01"}) {
    if ((*pattern)->search(text).outcome != matching::Pattern::Outcome::kFound) return;
  }
  complaints.warning(definition.line_of("match.pattern"),
                     "match.pattern: matches every text; the rule fires on every event of its "
                     "kinds");
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
  check_judged(root, definition, complaints);
  check_fields(definition, complaints);
  check_pattern(definition, complaints);
  complaints.sort_by_line();
  return problems;
}

}  // namespace decnet::rules
