#include "decnet/rules/emit_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace decnet::rules {
namespace {

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

class EmitReader {
 public:
  EmitReader(Definition& definition, Complaints& complaints)
      : definition_(definition), complaints_(complaints) {}

  std::optional<Emit> read_emit(const YamlNode& element, std::size_t index) {
    std::string label = fmt::format("emits[{}]", index);
    if (!definition_.id.empty()) label = fmt::format("{}: {}", definition_.id.text(), label);
    // Lines are noted for where the emit will be, should those before it be no good.
    const std::string key = fmt::format("emits[{}]", definition_.emits.size());
    if (!element.is_mapping()) {
      complaints_.error(element.line(),
                        fmt::format("{}: expected a mapping with technique_id, tactic and "
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

 private:
  std::optional<TechniqueId> read_technique(const YamlNode& element, const std::string& key,
                                            const std::string& emit_label) {
    constexpr std::string_view kExpected = "a technique such as T1110";
    const std::string label = emit_label + ".technique_id";
    const Entry* entry = complaints_.require(element, "technique_id", label, kExpected);
    if (entry == nullptr) return std::nullopt;
    note(key + ".technique_id", entry->key->line());
    const auto id = complaints_.text(*entry, label, kExpected);
    if (!id) return std::nullopt;
    if (is_technique(*id)) return TechniqueId(*id);
    complaints_.wrong(*entry, label, kExpected,
                      is_sub_technique(*id)
                          ? fmt::format("; write technique_id: {} and sub_technique_id: {}",
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
    const auto id = complaints_.text(*entry, label, kExpected);
    if (!id) return false;
    if (id->empty()) return true;
    if (!is_sub_technique(*id)) {
      complaints_.wrong(*entry, label, kExpected);
      return false;
    }
    if (technique && !id->starts_with(technique->text() + ".")) {
      complaints_.wrong(*entry, label, fmt::format("a sub-technique of {}", technique->text()));
      return false;
    }
    emit.sub_technique_id = TechniqueId(*id);
    return true;
  }

  std::optional<TacticId> read_tactic(const YamlNode& element, const std::string& key,
                                      const std::string& emit_label) {
    constexpr std::string_view kExpected = "a tactic such as TA0006";
    const std::string label = emit_label + ".tactic";
    const Entry* entry = complaints_.require(element, "tactic", label, kExpected);
    if (entry == nullptr) return std::nullopt;
    note(key + ".tactic", entry->key->line());
    const auto id = complaints_.text(*entry, label, kExpected);
    if (!id) return std::nullopt;
    if (is_tactic(*id)) return TacticId(*id);
    complaints_.wrong(*entry, label, kExpected);
    return std::nullopt;
  }

  std::optional<double> read_confidence(const YamlNode& element, const std::string& key,
                                        const std::string& emit_label) {
    constexpr std::string_view kExpected = "a number from 0.0 to 1.0";
    const std::string label = emit_label + ".confidence";
    const Entry* entry = complaints_.require(element, "confidence", label, kExpected);
    if (entry == nullptr) return std::nullopt;
    note(key + ".confidence", entry->key->line());
    const auto value = number_in(*entry->value);
    if (value && *value >= 0.0 && *value <= 1.0) return value;
    const bool percent = value && *value > 1.0 && *value <= 100.0;
    complaints_.wrong(*entry, label, kExpected,
                      percent ? fmt::format("; is it {:g}?", *value / 100) : std::string());
    return std::nullopt;
  }

  void note(const std::string& key, int line) { definition_.lines[key] = line; }

  Definition& definition_;
  Complaints& complaints_;
};

}  // namespace

void read_emits(const YamlNode::Entry& emits, Definition& definition, Complaints& complaints) {
  if (!emits.value->is_list()) {
    return complaints.wrong(emits, "emits", "a list of techniques to tag");
  }
  const auto& elements = emits.value->elements();
  if (elements.empty())
    complaints.warning(emits.key->line(), "emits: empty; the rule tags nothing");
  EmitReader reader(definition, complaints);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto emit = reader.read_emit(*elements[i], i);
    if (!emit) continue;
    const TechniqueId& most_specific =
        emit->sub_technique_id ? *emit->sub_technique_id : emit->technique_id;
    if (!seen.insert(most_specific.text()).second) {
      complaints.warning(elements[i]->line(),
                         fmt::format("emits[{}]: {} again; both would be one and the same tag", i,
                                     most_specific.text()));
    }
    definition.emits.push_back(*emit);
  }
}

}  // namespace decnet::rules
