#include "decnet/rules/parameter_patterns.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "decnet/rules/match_kinds.h"

namespace decnet::rules {

ParameterPatterns::ParameterPatterns(const Definition& definition, std::vector<Problem>& problems) {
  const std::string parameter(pattern_parameter(definition.match_kind));
  const auto leave_out = [&](const std::string& key, std::string_view reason) {
    whole_ = false;
    problems.push_back({Problem::Severity::kWarning, definition.path,
                        definition.line_of("match." + key),
                        fmt::format("{}: match.{}: {}", definition.id.text(), key, reason)});
  };
  const Json* list = definition.parameters.find(parameter);
  if (list == nullptr) return;
  if (list->array() == nullptr) {
    leave_out(parameter, "expected a list of patterns; the rule never fires");
    return;
  }
  std::vector<std::shared_ptr<const matching::Pattern>> compiled;
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    const std::string key = fmt::format("{}[{}]", parameter, i);
    const std::string* text = (*list->array())[i].string();
    if (text == nullptr || text->empty()) {
      leave_out(key, "expected a regular expression; ignored");
      continue;
    }
    auto pattern = matching::Pattern::compile(*text);
    if (!pattern) {
      leave_out(key, fmt::format("{}; ignored", pattern.error().message));
      continue;
    }
    compiled.push_back(*std::move(pattern));
    written_.push_back(*text);
    places_.push_back(i);
  }
  patterns_ = matching::PatternSet(std::move(compiled));
}

ParameterPatterns::Answer ParameterPatterns::first_match(std::string_view text) const {
  if (written_.empty()) return {};
  thread_local matching::Scan scan;  // keeps its allocations between events
  matching::EvaluatedText evaluated;
  matching::evaluated_text(text, evaluated);
  patterns_.scan(evaluated.text, scan);
  if (!scan.matched.empty()) return {written_[scan.matched.front()], false};
  return {std::nullopt, !scan.exhausted.empty()};
}

ParameterPatterns::Found ParameterPatterns::all_matches(std::string_view text) const {
  if (written_.empty()) return {};
  thread_local matching::Scan scan;
  matching::EvaluatedText evaluated;
  matching::evaluated_text(text, evaluated);
  patterns_.scan(evaluated.text, scan);
  Found found;
  for (const std::size_t pattern : scan.matched) found.places.push_back(places_[pattern]);
  found.exhausted = !scan.exhausted.empty();
  return found;
}

}  // namespace decnet::rules
