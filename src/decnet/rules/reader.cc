#include "decnet/rules/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <set>
#include <span>

#include "decnet/base/utf8.h"
#include "decnet/matching/pattern_set.h"
#include "decnet/model/event.h"
#include "decnet/rules/spelling.h"
#include "decnet/rules/yaml.h"

namespace decnet::rules {
namespace {

// Half of what the narrowest database column takes: the id is also part of a stored path.
constexpr std::size_t kMaxRuleIdBytes = 128;

using Entry = YamlNode::Entry;

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_technique(std::string_view id) {
  return id.size() == 5 && id.front() == 'T' && is_digits(id.substr(1));
}

bool is_sub_technique(std::string_view id) {
  return id.size() == 9 && is_technique(id.substr(0, 5)) && id[5] == '.' && is_digits(id.substr(6));
}

bool is_tactic(std::string_view id) {
  return id.size() == 6 && id.starts_with("TA") && is_digits(id.substr(2));
}

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

// A number, or a text that is one and nothing else.
std::optional<double> number_in(const YamlNode& node) {
  double value = 0;
  if (node.value().number(value)) return value;
  if (!node.is_text()) return std::nullopt;
  std::string_view text = node.text();
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || stop != text.data() + text.size() || error != std::errc()) {
    return std::nullopt;
  }
  return value;
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, std::vector<Problem>& problems)
      : path_(path), problems_(problems), first_(problems.size()) {
    definition_.path = path;
  }

  std::optional<Definition> read(std::string_view yaml) {
    const auto document = YamlDocument::read(yaml);
    if (!document) {
      error(document.error().line, document.error().message);
      return std::nullopt;
    }
    for (const YamlFlaw& flaw : document->repeated_keys()) error(flaw.line, flaw.message);
    const YamlNode& root = document->root();
    if (root.is_mapping()) {
      read_rule(root);
    } else {
      error(root.line(),
            fmt::format("expected a mapping of keys such as rule_id, found {}", root.describe()));
    }
    std::stable_sort(problems_.begin() + static_cast<std::ptrdiff_t>(first_), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    if (has_error_) return std::nullopt;
    return std::move(definition_);
  }

 private:
  void error(int line, std::string message) {
    has_error_ = true;
    problems_.push_back({Problem::Severity::kError, path_, line, std::move(message)});
  }
  void warning(int line, std::string message) {
    problems_.push_back({Problem::Severity::kWarning, path_, line, std::move(message)});
  }

  // Notes where a key is, for problems that are found when the rule is compiled.
  void note(const std::string& key, int line) { definition_.lines[key] = line; }

  // The entry of a required key, or null after saying that it is missing.
  const Entry* require(const YamlNode& mapping, const char* key, std::string_view label,
                       std::string_view expected) {
    if (const Entry* entry = mapping.find(key)) return entry;
    std::string hint;
    for (const Entry& other : mapping.entries()) {
      if (!is_close(other.key->text(), key)) continue;
      hint = fmt::format("; is it the {} on line {}?", in_quotes(other.key->text()),
                         other.key->line());
    }
    error(mapping.line(), fmt::format("{}: missing; expected {}{}", label, expected, hint));
    return nullptr;
  }

  void wrong(const Entry& entry, std::string_view label, std::string_view expected,
             std::string_view hint = {}) {
    error(entry.key->line(), fmt::format("{}: expected {}, found {}{}", label, expected,
                                         entry.value->describe(), hint));
  }

  // The text of an entry, or nothing after saying what was found instead.
  std::optional<std::string> text(const Entry& entry, std::string_view label,
                                  std::string_view expected) {
    const YamlNode& value = *entry.value;
    if (value.is_text()) return value.text();
    const bool scalar = !value.is_null() && !value.is_list() && !value.is_mapping();
    wrong(entry, label, expected, scalar ? "; write it in quotes" : "");
    return std::nullopt;
  }

  void read_rule(const YamlNode& root) {
    definition_.line = root.line();
    read_id(root);
    read_version(root);
    if (const Entry* name = require(root, "name", "name", "a short name")) {
      note("name", name->key->line());
      definition_.name = text(*name, "name", "a short name").value_or("");
    }
    read_informational(root, "description", definition_.description);
    read_informational(root, "attack_release", definition_.attack_release);
    read_kinds(root);
    read_match(root);
    read_emits(root);
    read_evidence_fields(root);
    read_samples(root);
    if (definition_.applies_to.empty() && definition_.emits.empty() && !has_error_) {
      error(root.line(), "applies_to and emits are both empty, which stands for a deleted rule");
    }
  }

  void read_id(const YamlNode& root) {
    constexpr std::string_view kExpected = "an id such as R0060";
    const Entry* entry = require(root, "rule_id", "rule_id", kExpected);
    if (entry == nullptr) return;
    definition_.line = entry->key->line();
    note("rule_id", entry->key->line());
    const auto id = text(*entry, "rule_id", kExpected);
    if (!id) return;
    if (id->empty()) return wrong(*entry, "rule_id", kExpected);
    if (const auto flaw = topic_token_flaw(*id)) {
      return wrong(*entry, "rule_id", kExpected, fmt::format("; {}", *flaw));
    }
    definition_.id = RuleId(*id);
  }

  void read_version(const YamlNode& root) {
    constexpr std::string_view kExpected = "a whole number such as 1";
    const Entry* entry = require(root, "rule_version", "rule_version", kExpected);
    if (entry == nullptr) return;
    note("rule_version", entry->key->line());
    const YamlNode& value = *entry->value;
    const std::int64_t* version = value.value().integer();
    if (version == nullptr) {
      const bool digits = value.is_text() && is_digits(value.text());
      return wrong(*entry, "rule_version", kExpected,
                   digits ? "; write it without quotes and leading zeros" : "");
    }
    if (!value.surprise().empty()) {
      return wrong(*entry, "rule_version", kExpected, "; write it without leading zeros");
    }
    if (*version < 0 || *version > std::int64_t{0x7FFFFFFF}) {
      return wrong(*entry, "rule_version", "a whole number from 0 to 2147483647");
    }
    definition_.version = static_cast<int>(*version);
  }

  // Keys that are only shown: whatever is wrong with them costs no rule.
  void read_informational(const YamlNode& root, const char* key, std::string& out) {
    const Entry* entry = root.find(key);
    if (entry == nullptr || entry->value->is_null()) return;
    if (entry->value->is_list() || entry->value->is_mapping()) {
      return warning(entry->key->line(), fmt::format("{}: expected a text, found {}; ignored", key,
                                                     entry->value->describe()));
    }
    out = entry->value->text();
  }

  // The texts of a list of texts, or nothing after saying what is wrong.
  std::optional<std::vector<std::string>> texts(const Entry& entry, std::string_view label,
                                                std::string_view expected) {
    const YamlNode& list = *entry.value;
    if (!list.is_list()) {
      wrong(entry, label, expected,
            list.is_text() ? fmt::format("; write [{}]", printable(utf8_prefix(list.text(), 60)))
                           : std::string());
      return std::nullopt;
    }
    std::vector<std::string> result;
    bool good = true;
    for (std::size_t i = 0; i < list.elements().size(); ++i) {
      const YamlNode& element = *list.elements()[i];
      note(fmt::format("{}[{}]", label, i), element.line());
      if (element.is_text()) {
        result.push_back(element.text());
        continue;
      }
      good = false;
      error(element.line(),
            fmt::format("{}[{}]: expected a text, found {}", label, i, element.describe()));
    }
    if (!good) return std::nullopt;
    return result;
  }

  void read_kinds(const YamlNode& root) {
    constexpr std::string_view kExpected = "a list of source kinds such as [command]";
    const Entry* entry = require(root, "applies_to", "applies_to", kExpected);
    if (entry == nullptr) return;
    note("applies_to", entry->key->line());
    const auto kinds = texts(*entry, "applies_to", kExpected);
    if (!kinds) return;
    definition_.applies_to = *kinds;
    if (kinds->empty()) warning(entry->key->line(), "applies_to: empty; the rule never matches");
    for (std::size_t i = 0; i < kinds->size(); ++i) {
      const std::string& kind = (*kinds)[i];
      if (source_kind(kind)) continue;
      const auto meant = std::find_if(kSourceKindNames.begin(), kSourceKindNames.end(),
                                      [&kind](auto name) { return is_close(kind, name); });
      warning(entry->value->elements()[i]->line(),
              fmt::format("applies_to[{}]: {} is no known source kind and never matches{}", i,
                          in_quotes(kind),
                          meant == kSourceKindNames.end()
                              ? fmt::format("; known are {}", fmt::join(kSourceKindNames, ", "))
                              : fmt::format("; did you mean {}?", *meant)));
    }
  }

  void read_match(const YamlNode& root) {
    constexpr std::string_view kExpected = "a mapping with a pattern, or with kind: lifter:…";
    const Entry* entry = require(root, "match", "match", kExpected);
    if (entry == nullptr) return;
    note("match", entry->key->line());
    const YamlNode& match = *entry->value;
    if (!match.is_mapping()) return wrong(*entry, "match", kExpected);

    if (const Entry* kind = match.find("kind"); kind != nullptr && !kind->value->is_null()) {
      note("match.kind", kind->key->line());
      definition_.match_kind =
          text(*kind, "match.kind", "a text such as lifter:canary_webdriver").value_or("");
    }
    for (const Entry& parameter : match.entries()) {
      const std::string& key = parameter.key->text();
      if (key == "kind") continue;
      if (definition_.is_pattern_rule() &&
          (key == "pattern" || key == "field" || key == "more_fields")) {
        continue;
      }
      note("match." + key, parameter.key->line());
      name_surprises(*parameter.value, "match." + key);
      definition_.parameters.set(key, parameter.value->json());
    }
    if (definition_.is_pattern_rule()) {
      read_pattern(match);
    } else if (lifter_owner(definition_.match_kind).empty() &&
               !is_awaited(definition_.match_kind)) {
      warning(definition_.line_of("match.kind"),
              fmt::format("match.kind: no lifter holds {}; the rule loads and never fires",
                          in_quotes(definition_.match_kind)));
    }
  }

  // Parameters mean what their lifter makes of them; here only what YAML made of them is judged.
  void name_surprises(const YamlNode& node, const std::string& label) {
    if (!node.surprise().empty()) {
      warning(node.line(),
              fmt::format("{}: {} is {} to YAML ({}); write it in quotes if a text is "
                          "meant",
                          label, printable(node.text()), node.surprise(), node.value().dump()));
    }
    for (std::size_t i = 0; i < node.elements().size(); ++i) {
      name_surprises(*node.elements()[i], fmt::format("{}[{}]", label, i));
    }
    for (const Entry& entry : node.entries()) {
      name_surprises(*entry.value, fmt::format("{}.{}", label, entry.key->text()));
    }
  }

  void read_pattern(const YamlNode& match) {
    constexpr std::string_view kExpected = "a regular expression in single quotes";
    if (const Entry* field = match.find("field"); field != nullptr && !field->value->is_null()) {
      note("match.field", field->key->line());
      definition_.field = text(*field, "match.field", "a payload key such as raw_url").value_or("");
    }
    if (const Entry* more = match.find("more_fields")) {
      note("match.more_fields", more->key->line());
      const auto fields =
          texts(*more, "match.more_fields", "a list of payload keys such as [headers]");
      if (fields) definition_.more_fields = *fields;
    }
    const Entry* entry = require(match, "pattern", "match.pattern", kExpected);
    if (entry != nullptr) {
      note("match.pattern", entry->key->line());
      definition_.pattern = text(*entry, "match.pattern", kExpected).value_or("");
      if (entry->value->is_text() && definition_.pattern.empty()) {
        wrong(*entry, "match.pattern", kExpected, "; it would match everything");
      } else if (const auto flaw = matching::PatternSet::check(definition_.pattern)) {
        error(entry->key->line(), fmt::format("match.pattern: {}", *flaw));
      }
    }
    check_fields();
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
      warning(definition_.line_of("match"), message + ", so the rule never matches there");
    } else {
      error(definition_.line_of("match"), message + "; name the payload key to search");
    }
  }

  void read_emits(const YamlNode& root) {
    constexpr std::string_view kExpected = "a list of techniques to tag";
    const Entry* entry = require(root, "emits", "emits", kExpected);
    if (entry == nullptr) return;
    note("emits", entry->key->line());
    if (!entry->value->is_list()) return wrong(*entry, "emits", kExpected);
    const auto& elements = entry->value->elements();
    if (elements.empty()) warning(entry->key->line(), "emits: empty; the rule tags nothing");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const auto emit = read_emit(*elements[i], i);
      if (!emit) continue;
      const TechniqueId& most_specific =
          emit->sub_technique_id ? *emit->sub_technique_id : emit->technique_id;
      if (!seen.insert(most_specific.text()).second) {
        warning(elements[i]->line(),
                fmt::format("emits[{}]: {} again; both would be one and the same tag", i,
                            most_specific.text()));
      }
      definition_.emits.push_back(*emit);
    }
  }

  std::optional<Emit> read_emit(const YamlNode& element, std::size_t index) {
    const std::string key = fmt::format("emits[{}]", index);
    std::string label =
        definition_.id.empty() ? key : fmt::format("{}: {}", definition_.id.text(), key);
    if (!element.is_mapping()) {
      error(element.line(), fmt::format("{}: expected a mapping with technique_id, tactic and "
                                        "confidence, found {}",
                                        label, element.describe()));
      return std::nullopt;
    }
    Emit emit;
    const auto technique = read_technique(element, key, label);
    if (technique) label += fmt::format(" ({})", technique->text());
    const bool sub_good = read_sub_technique(element, key, label, technique, emit);
    const auto tactic = read_tactic(element, key, label);
    const auto confidence = read_confidence(element, key, label);
    if (!technique || !sub_good || !tactic || !confidence) return std::nullopt;
    emit.technique_id = *technique;
    emit.tactic = *tactic;
    emit.confidence = *confidence;
    return emit;
  }

  std::optional<TechniqueId> read_technique(const YamlNode& element, const std::string& key,
                                            const std::string& emit_label) {
    constexpr std::string_view kExpected = "a technique such as T1110";
    const std::string label = emit_label + ".technique_id";
    const Entry* entry = require(element, "technique_id", label, kExpected);
    if (entry == nullptr) return std::nullopt;
    note(key + ".technique_id", entry->key->line());
    const auto id = text(*entry, label, kExpected);
    if (!id) return std::nullopt;
    if (is_technique(*id)) return TechniqueId(*id);
    wrong(*entry, label, kExpected,
          is_sub_technique(*id) ? fmt::format("; write technique_id: {} and sub_technique_id: {}",
                                              id->substr(0, 5), *id)
                                : std::string());
    return std::nullopt;
  }

  bool read_sub_technique(const YamlNode& element, const std::string& key,
                          const std::string& emit_label,
                          const std::optional<TechniqueId>& technique, Emit& emit) {
    constexpr std::string_view kExpected = "a sub-technique such as T1110.003, or nothing";
    const std::string label = emit_label + ".sub_technique_id";
    const Entry* entry = element.find("sub_technique_id");
    if (entry == nullptr || entry->value->is_null()) return true;
    note(key + ".sub_technique_id", entry->key->line());
    const auto id = text(*entry, label, kExpected);
    if (!id) return false;
    if (id->empty()) return true;
    if (!is_sub_technique(*id)) {
      wrong(*entry, label, kExpected);
      return false;
    }
    if (technique && !id->starts_with(technique->text() + ".")) {
      wrong(*entry, label, fmt::format("a sub-technique of {}", technique->text()));
      return false;
    }
    emit.sub_technique_id = TechniqueId(*id);
    return true;
  }

  std::optional<TacticId> read_tactic(const YamlNode& element, const std::string& key,
                                      const std::string& emit_label) {
    constexpr std::string_view kExpected = "a tactic such as TA0006";
    const std::string label = emit_label + ".tactic";
    const Entry* entry = require(element, "tactic", label, kExpected);
    if (entry == nullptr) return std::nullopt;
    note(key + ".tactic", entry->key->line());
    const auto id = text(*entry, label, kExpected);
    if (!id) return std::nullopt;
    if (is_tactic(*id)) return TacticId(*id);
    wrong(*entry, label, kExpected);
    return std::nullopt;
  }

  std::optional<double> read_confidence(const YamlNode& element, const std::string& key,
                                        const std::string& emit_label) {
    constexpr std::string_view kExpected = "a number from 0.0 to 1.0";
    const std::string label = emit_label + ".confidence";
    const Entry* entry = require(element, "confidence", label, kExpected);
    if (entry == nullptr) return std::nullopt;
    note(key + ".confidence", entry->key->line());
    const auto value = number_in(*entry->value);
    if (value && *value >= 0.0 && *value <= 1.0) return value;
    const bool percent = value && *value > 1.0 && *value <= 100.0;
    wrong(*entry, label, kExpected,
          percent ? fmt::format("; is it {:g}?", *value / 100) : std::string());
    return std::nullopt;
  }

  void read_evidence_fields(const YamlNode& root) {
    const Entry* entry = root.find("evidence_fields");
    if (entry == nullptr) return;
    note("evidence_fields", entry->key->line());
    const auto fields =
        texts(*entry, "evidence_fields", "a list of payload keys such as [command_text]");
    if (fields) definition_.evidence_fields = *fields;
  }

  // Other people's files may have a `tests` of another shape: what is not understood costs nothing.
  void read_samples(const YamlNode& root) {
    const Entry* entry = root.find("tests");
    if (entry == nullptr) return;
    note("tests", entry->key->line());
    const YamlNode& tests = *entry->value;
    if (!tests.is_mapping()) {
      return warning(entry->key->line(),
                     fmt::format("tests: expected a mapping with fires and silent, found {}; "
                                 "ignored",
                                 tests.describe()));
    }
    for (const Entry& list : tests.entries()) {
      const std::string& key = list.key->text();
      if (key == "fires") {
        read_sample_list(list, "tests.fires", definition_.samples.fires);
      } else if (key == "silent") {
        read_sample_list(list, "tests.silent", definition_.samples.silent);
      } else {
        warning(list.key->line(),
                fmt::format("tests: expected fires or silent, found {}; ignored", in_quotes(key)));
      }
    }
  }

  void read_sample_list(const Entry& entry, const std::string& label, std::vector<Json>& out) {
    const YamlNode& list = *entry.value;
    if (!list.is_list()) {
      return warning(entry.key->line(), fmt::format("{}: expected a list of samples, found {}; "
                                                    "ignored",
                                                    label, list.describe()));
    }
    for (std::size_t i = 0; i < list.elements().size(); ++i) {
      const YamlNode& sample = *list.elements()[i];
      const std::string place = fmt::format("{}[{}]", label, i);
      if (sample.is_null() || sample.is_list()) {
        warning(sample.line(), fmt::format("{}: expected a text or a payload, found {}; ignored",
                                           place, sample.describe()));
        continue;
      }
      note(fmt::format("{}[{}]", label, out.size()), sample.line());
      if (!sample.is_mapping()) {  // a text, whatever YAML would read it as
        out.emplace_back(sample.text());
        continue;
      }
      check_payload(sample, place);
      out.push_back(sample.json());
    }
  }

  // "- echo a: b" is a mapping to YAML; the author meant a text.
  void check_payload(const YamlNode& sample, const std::string& label) {
    if (!definition_.is_pattern_rule() || definition_.applies_to.empty()) return;
    const std::string field = definition_.field.empty()
                                  ? std::string(default_field(definition_.applies_to.front()))
                                  : definition_.field;
    if (field.empty() || sample.find(field) != nullptr) return;
    for (const std::string& more : definition_.more_fields) {
      if (sample.find(more) != nullptr) return;
    }
    warning(sample.line(),
            fmt::format("{}: a payload without {}; a text that contains ': ' needs quotes", label,
                        in_quotes(field)));
  }

  const std::filesystem::path& path_;
  std::vector<Problem>& problems_;
  const std::size_t first_;
  bool has_error_ = false;
  Definition definition_;
};

}  // namespace

std::optional<Definition> read_definition(std::string_view yaml, const std::filesystem::path& path,
                                          std::vector<Problem>& problems) {
  return Reader(path, problems).read(yaml);
}

}  // namespace decnet::rules
