#include "decnet/rules/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "decnet/base/utf8.h"
#include "decnet/model/event.h"
#include "decnet/rules/complaints.h"
#include "decnet/rules/emit_reader.h"
#include "decnet/rules/match_kinds.h"
#include "decnet/rules/sample_reader.h"
#include "decnet/rules/sequence_reader.h"
#include "decnet/rules/spelling.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {
namespace {

// Half of what the narrowest database column takes: the id is also part of a stored path.
constexpr std::size_t kMaxRuleIdBytes = 128;

using Entry = YamlNode::Entry;

// What stops an id from being a word of a topic, or nothing.
std::optional<std::string> topic_token_flaw(std::string_view id) {
  if (id.size() > kMaxRuleIdBytes)
    return fmt::format("it is longer than {} bytes", kMaxRuleIdBytes);
  for (const char c : id) {
    if (c == '.' || c == '*' || c == '>') return fmt::format("'{}' has a meaning in bus topics", c);
    if (c <= 0x20 || c >= 0x7F) return "only printable ASCII without blanks is allowed";
  }
  return std::nullopt;
}

// A key as a label names it: a hostile one could be a megabyte.
std::string shortened(std::string_view key) { return std::string(utf8_prefix(key, 40)); }

class Reader {
 public:
  Reader(const std::filesystem::path& path, std::vector<Problem>& problems,
         const Definition* before)
      : complaints_(path, problems), before_(before) {
    definition_.path = path;
  }

  Draft read(std::string_view yaml) {
    const auto document = YamlDocument::read(yaml);
    if (!document) {
      complaints_.error(document.error().line, document.error().message);
      return {std::move(definition_), false};
    }
    for (const YamlFlaw& flaw : document->repeated_keys())
      complaints_.error(flaw.line, flaw.message);
    const YamlNode& root = document->root();
    if (root.is_mapping()) {
      read_rule(root);
    } else {
      complaints_.error(
          root.line(),
          fmt::format("expected a mapping of keys such as rule_id, found {}", root.describe()));
    }
    complaints_.sort_by_line();
    return {std::move(definition_), !complaints_.has_error()};
  }

 private:
  // Notes where a key is, for problems that are found when the rule is compiled.
  void note(const std::string& key, int line) { definition_.lines[key] = line; }

  void read_rule(const YamlNode& root) {
    definition_.line = root.line();
    read_id(root);
    read_version(root);
    if (const Entry* name = complaints_.require(root, "name", "name", "a short name")) {
      note("name", name->key->line());
      definition_.name = complaints_.text(*name, "name", "a short name").value_or("");
    }
    read_informational(root, "description", definition_.description);
    read_informational(root, "attack_release", definition_.attack_release);
    read_kinds(root);
    read_match(root);
    if (const Entry* emits =
            complaints_.require(root, "emits", "emits", "a list of techniques to tag")) {
      note("emits", emits->key->line());
      read_emits(*emits, definition_, complaints_);
    }
    read_evidence_fields(root);
    if (const Entry* tests = root.find("tests")) {
      note("tests", tests->key->line());
      read_samples(*tests, definition_, complaints_);
    }
    if (definition_.applies_to.empty() && definition_.emits.empty() && !complaints_.has_error()) {
      complaints_.error(root.line(),
                        "applies_to and emits are both empty, which stands for a deleted rule");
    }
  }

  void read_id(const YamlNode& root) {
    constexpr std::string_view kExpected = "an id such as R0060";
    const Entry* entry = complaints_.require(root, "rule_id", "rule_id", kExpected);
    if (entry == nullptr) return;
    definition_.line = entry->key->line();
    note("rule_id", entry->key->line());
    const auto id = complaints_.text(*entry, "rule_id", kExpected);
    if (!id) return;
    if (id->empty()) return complaints_.wrong(*entry, "rule_id", kExpected);
    if (const auto flaw = topic_token_flaw(*id)) {
      return complaints_.wrong(*entry, "rule_id", kExpected, fmt::format("; {}", *flaw));
    }
    definition_.id = RuleId(*id);
  }

  void read_version(const YamlNode& root) {
    constexpr std::string_view kExpected = "a whole number such as 1";
    const Entry* entry = complaints_.require(root, "rule_version", "rule_version", kExpected);
    if (entry == nullptr) return;
    note("rule_version", entry->key->line());
    const YamlNode& value = *entry->value;
    const std::int64_t* version = value.value().integer();
    if (version == nullptr) {
      const bool digits = value.is_text() && !value.text().empty() &&
                          value.text().find_first_not_of("0123456789") == std::string::npos;
      return complaints_.wrong(*entry, "rule_version", kExpected,
                               digits ? "; write it without quotes and leading zeros" : "");
    }
    if (!value.surprise().empty()) {
      return complaints_.wrong(*entry, "rule_version", kExpected,
                               "; write it without leading zeros");
    }
    if (*version < 0 || *version > std::int64_t{0x7FFFFFFF}) {
      return complaints_.wrong(*entry, "rule_version", "a whole number from 0 to 2147483647");
    }
    definition_.version = static_cast<int>(*version);
  }

  // Keys that are only shown: whatever is wrong with them costs no rule.
  void read_informational(const YamlNode& root, const char* key, std::string& out) {
    const Entry* entry = root.find(key);
    if (entry == nullptr || entry->value->is_null()) return;
    if (entry->value->is_list() || entry->value->is_mapping()) {
      return complaints_.warning(
          entry->key->line(),
          fmt::format("{}: expected a text, found {}; ignored", key, entry->value->describe()));
    }
    out = entry->value->text();
  }

  void read_kinds(const YamlNode& root) {
    constexpr std::string_view kExpected = "a list of source kinds such as [command]";
    const Entry* entry = complaints_.require(root, "applies_to", "applies_to", kExpected);
    if (entry == nullptr) return;
    note("applies_to", entry->key->line());
    const auto kinds = complaints_.texts(*entry, "applies_to", kExpected);
    if (!kinds) return;
    definition_.applies_to = *kinds;
    if (kinds->empty())
      complaints_.warning(entry->key->line(), "applies_to: empty; the rule never matches");
    for (std::size_t i = 0; i < kinds->size(); ++i) {
      const std::string& kind = (*kinds)[i];
      if (source_kind(kind)) continue;
      const auto meant = std::find_if(kSourceKindNames.begin(), kSourceKindNames.end(),
                                      [&kind](auto name) { return is_close(kind, name); });
      complaints_.warning(
          entry->value->elements()[i]->line(),
          fmt::format("applies_to[{}]: {} is no known source kind and never matches{}", i,
                      in_quotes(kind),
                      meant == kSourceKindNames.end()
                          ? fmt::format("; known are {}", fmt::join(kSourceKindNames, ", "))
                          : fmt::format("; did you mean {}?", *meant)));
    }
  }

  void read_match(const YamlNode& root) {
    constexpr std::string_view kExpected =
        "a mapping with a pattern, or with kind: lifter:… or sequence";
    const Entry* entry = complaints_.require(root, "match", "match", kExpected);
    if (entry == nullptr) return;
    note("match", entry->key->line());
    const YamlNode& match = *entry->value;
    if (!match.is_mapping()) return complaints_.wrong(*entry, "match", kExpected);

    if (const Entry* kind = match.find("kind"); kind != nullptr && !kind->value->is_null()) {
      note("match.kind", kind->key->line());
      definition_.match_kind =
          complaints_.text(*kind, "match.kind", "a text such as lifter:canary_webdriver")
              .value_or("");
    }
    for (const Entry& parameter : match.entries()) {
      const std::string& key = parameter.key->text();
      if (key == "kind") continue;
      if (definition_.is_pattern_rule() &&
          (key == "pattern" || key == "field" || key == "more_fields")) {
        continue;
      }
      if (definition_.is_sequence_rule() && (key == "steps" || key == "within")) continue;
      note("match." + key, parameter.key->line());
      if (key == pattern_parameter(definition_.match_kind)) {
        const auto& entries = parameter.value->elements();
        for (std::size_t i = 0; i < entries.size(); ++i) {
          note(fmt::format("match.{}[{}]", key, i), entries[i]->line());
        }
      }
      name_surprises(*parameter.value, "match." + shortened(key));
      definition_.parameters.set(key, parameter.value->json());
    }
    if (definition_.is_sequence_rule()) {
      read_sequence(match, before_, definition_, complaints_);
    } else if (definition_.is_pattern_rule()) {
      read_pattern(match);
    } else if (lifter_owner(definition_.match_kind).empty() && !is_inert(definition_.match_kind)) {
      complaints_.warning(
          definition_.line_of("match.kind"),
          fmt::format("match.kind: no lifter holds {}; the rule loads and never fires",
                      in_quotes(definition_.match_kind)));
    }
  }

  // Parameters mean what their lifter makes of them; here only what YAML made of them is judged.
  void name_surprises(const YamlNode& node, const std::string& label) {
    if (!node.surprise().empty()) {
      complaints_.warning(node.line(), fmt::format("{}: {} is {} to YAML ({}); write it in quotes "
                                                   "if a text is meant",
                                                   label, in_quotes(node.text()), node.surprise(),
                                                   node.value().dump()));
    }
    for (std::size_t i = 0; i < node.elements().size(); ++i) {
      name_surprises(*node.elements()[i], fmt::format("{}[{}]", label, i));
    }
    for (const Entry& entry : node.entries()) {
      name_surprises(*entry.value, fmt::format("{}.{}", label, shortened(entry.key->text())));
    }
  }

  void read_pattern(const YamlNode& match) {
    constexpr std::string_view kExpected = "a regular expression in single quotes";
    if (const Entry* field = match.find("field"); field != nullptr && !field->value->is_null()) {
      note("match.field", field->key->line());
      definition_.field =
          complaints_.text(*field, "match.field", "a payload key such as raw_url").value_or("");
    }
    if (const Entry* more = match.find("more_fields")) {
      note("match.more_fields", more->key->line());
      const auto fields =
          complaints_.texts(*more, "match.more_fields", "a list of payload keys such as [headers]");
      if (fields) definition_.more_fields = *fields;
    }
    const Entry* entry = complaints_.require(match, "pattern", "match.pattern", kExpected);
    if (entry != nullptr) {
      note("match.pattern", entry->key->line());
      definition_.pattern = complaints_.text(*entry, "match.pattern", kExpected).value_or("");
      if (entry->value->is_text() && definition_.pattern.empty()) {
        complaints_.wrong(*entry, "match.pattern", kExpected, "; it would match everything");
      }
      if (!definition_.pattern.empty()) compile_pattern(entry->key->line());
    }
    check_fields();
  }

  void compile_pattern(int line) {
    const ReadyPattern known = before_ == nullptr ? ReadyPattern() : before_->ready;
    auto compiled = known.of(definition_.pattern);
    if (compiled) {
      definition_.ready.pattern = *std::move(compiled);
    } else {
      complaints_.error(line, fmt::format("match.pattern: {}", compiled.error().message));
    }
  }

  void check_fields() {
    if (!definition_.field.empty() || !definition_.more_fields.empty()) return;
    std::vector<std::string> without;
    bool somewhere = false;
    for (const std::string& kind : definition_.applies_to) {
      if (!source_kind(kind)) continue;  // said already
      const bool has_default = !default_field(kind).empty();
      somewhere = somewhere || has_default;
      if (!has_default) without.push_back(kind);
    }
    if (without.empty()) return;
    std::string message =
        fmt::format("match.field: missing; kind {} has no default field", fmt::join(without, ", "));
    if (somewhere) {
      complaints_.warning(definition_.line_of("match"),
                          message + ", so the rule never matches there");
    } else {
      complaints_.error(definition_.line_of("match"), message + "; name the payload key to search");
    }
  }

  void read_evidence_fields(const YamlNode& root) {
    const Entry* entry = root.find("evidence_fields");
    if (entry == nullptr) return;
    note("evidence_fields", entry->key->line());
    const auto fields = complaints_.texts(*entry, "evidence_fields",
                                          "a list of payload keys such as [command_text]");
    if (fields) definition_.evidence_fields = *fields;
  }

  Complaints complaints_;
  const Definition* const before_;
  Definition definition_;
};

}  // namespace

std::optional<Definition> read_definition(std::string_view yaml, const std::filesystem::path& path,
                                          std::vector<Problem>& problems,
                                          const Definition* before) {
  Draft draft = Reader(path, problems, before).read(yaml);
  if (!draft.loads) return std::nullopt;
  return std::move(draft.definition);
}

Draft read_draft(std::string_view yaml, const std::filesystem::path& path,
                 std::vector<Problem>& problems) {
  return Reader(path, problems, nullptr).read(yaml);
}

}  // namespace decnet::rules
