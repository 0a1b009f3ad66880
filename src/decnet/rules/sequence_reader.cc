#include "decnet/rules/sequence_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace decnet::rules {
namespace {

using Entry = YamlNode::Entry;

constexpr std::size_t kMinSteps = 2;
constexpr std::string_view kWithin = "a time such as 90s, 10m, 2h or 1d";

// "10m"; nothing for anything else, and for more than a year.
std::optional<std::chrono::seconds> duration(std::string_view text) {
  constexpr std::int64_t kYear = 366LL * 86'400;
  std::int64_t count = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
  if (problem != std::errc() || count <= 0 || count > kYear) return std::nullopt;
  const std::int64_t factor = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 86'400;
  if (unit != "s" && unit != "m" && unit != "h" && unit != "d") return std::nullopt;
  if (count > kYear / factor) return std::nullopt;
  return std::chrono::seconds(count * factor);
}

class StepReader {
 public:
  StepReader(std::string label, const ReadyPattern& known, Definition& definition,
             Complaints& complaints)
      : label_(std::move(label)), known_(known), definition_(definition), complaints_(complaints) {}

  void read(const YamlNode& node) {
    if (!node.is_mapping()) {
      return complaints_.error(node.line(),
                               fmt::format("{}: expected a mapping such as {{kind: command, "
                                           "pattern: …}}, found {}",
                                           label_, node.describe()));
    }
    for (const Entry& entry : node.entries()) {
      const std::string& key = entry.key->text();
      if (key == "kind" || key == "field" || key == "pattern") continue;
      complaints_.error(entry.key->line(),
                        fmt::format("{}: {} is no key of a step; known are kind, field and pattern",
                                    label_, in_quotes(key)));
    }
    read_kind(node);
    if (const Entry* field = node.find("field"); field != nullptr && !field->value->is_null()) {
      step_.field =
          complaints_.text(*field, label_ + ".field", "a key such as command_text").value_or("");
      if (step_.field == "password") {
        complaints_.error(field->key->line(),
                          fmt::format("{}.field: passwords are in no session", label_));
      }
    }
    read_pattern(node);
    definition_.steps.push_back(std::move(step_));
  }

 private:
  void read_kind(const YamlNode& node) {
    constexpr std::string_view kExpected = "command, auth_attempt or payload";
    const Entry* entry = node.find("kind");
    if (entry == nullptr || entry->value->is_null()) return;
    const auto text = complaints_.text(*entry, label_ + ".kind", kExpected);
    if (!text) return;
    const auto kind = source_kind(*text);
    if (kind == SourceKind::kCommand || kind == SourceKind::kAuthAttempt ||
        kind == SourceKind::kPayload) {
      step_.kind = *kind;
    } else {
      complaints_.wrong(*entry, label_ + ".kind", kExpected);
    }
  }

  void read_pattern(const YamlNode& node) {
    constexpr std::string_view kExpected = "a regular expression in single quotes";
    const std::string label = label_ + ".pattern";
    const Entry* entry = complaints_.require(node, "pattern", label, kExpected);
    if (entry == nullptr) return;
    definition_.lines[label] = entry->key->line();
    step_.pattern = complaints_.text(*entry, label, kExpected).value_or("");
    if (entry->value->is_text() && step_.pattern.empty()) {
      complaints_.wrong(*entry, label, kExpected, "; it would match everything");
    }
    if (step_.pattern.empty()) return;
    auto compiled = known_.of(step_.pattern);
    if (compiled) {
      step_.ready.pattern = *std::move(compiled);
    } else {
      complaints_.error(entry->key->line(), fmt::format("{}: {}", label, compiled.error().message));
    }
  }

  const std::string label_;
  const ReadyPattern known_;
  Definition& definition_;
  Complaints& complaints_;
  SequenceStep step_;
};

}  // namespace

void read_sequence(const YamlNode& match, const Definition* before, Definition& definition,
                   Complaints& complaints) {
  if (const Entry* within = match.find("within"); within != nullptr) {
    definition.lines["match.within"] = within->key->line();
    definition.within = duration(within->value->text());
    if (!definition.within) complaints.wrong(*within, "match.within", kWithin);
  }
  if (const auto& kinds = definition.applies_to;
      !kinds.empty() && std::find(kinds.begin(), kinds.end(), "session") == kinds.end()) {
    complaints.warning(definition.line_of("applies_to"),
                       "applies_to: a sequence is of a session; without session the rule never "
                       "fires");
  }
  constexpr std::string_view kExpected = "a list of two to eight steps";
  const Entry* steps = complaints.require(match, "steps", "match.steps", kExpected);
  if (steps == nullptr) return;
  definition.lines["match.steps"] = steps->key->line();
  const auto count = steps->value->elements().size();
  if (!steps->value->is_list() || count < kMinSteps || count > kMaxSteps) {
    return complaints.wrong(*steps, "match.steps", kExpected);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const bool was_there = before != nullptr && i < before->steps.size();
    const ReadyPattern known = was_there ? before->steps[i].ready : ReadyPattern();
    StepReader(fmt::format("match.steps[{}]", i), known, definition, complaints)
        .read(*steps->value->elements()[i]);
  }
}

}  // namespace decnet::rules
