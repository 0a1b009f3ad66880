#include "decnet/cli/explanation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "decnet/base/utf8.h"
#include "decnet/cli/display_width.h"
#include "decnet/cli/ttp_rules/state_text.h"
#include "decnet/matching/pattern_set.h"
#include "decnet/storage/repository.h"

namespace decnet::cli {
namespace {

constexpr std::size_t kContextBytes = 40;    // of text shown on each side of a match
constexpr std::size_t kMatchBytes = 120;     // of the match itself
constexpr std::size_t kEvidenceBytes = 600;  // of the evidence, for a person

const std::string* text_of(const Event& event, std::string_view field) {
  const Json* const value = event.payload.find(field);
  return value == nullptr ? nullptr : value->string();
}

// "  text     … uname -a; wget http://…" with the match marked, and a line of ^^^ below it.
std::string marked(const Event& event, const rules::Match& match, const Terminal& terminal) {
  const auto* const whole = match.layer.empty() ? text_of(event, match.field) : &match.searched;
  if (whole == nullptr) return {};
  matching::EvaluatedText evaluated;
  matching::evaluated_text(*whole, evaluated);
  const std::string_view text = evaluated.text;
  const auto begin = std::min(match.where.begin, text.size());
  const auto end = std::clamp(match.where.end, begin, text.size());

  const auto before = utf8_suffix(text.substr(0, begin), kContextBytes);
  const auto matched = utf8_prefix(text.substr(begin, end - begin), kMatchBytes);
  const auto after = matched.size() < end - begin ? std::string_view()
                                                  : utf8_prefix(text.substr(end), kContextBytes);
  const auto lead = fmt::format("{}{}", before.size() < begin ? "…" : "", printable(before));
  const auto middle = printable(matched);
  const bool goes_on = begin + matched.size() + after.size() < text.size();
  return fmt::format("    {}{}{}{}\n    {}{}\n", lead, terminal.styled(Style::kMatch, middle),
                     printable(after), goes_on ? "…" : "", std::string(display_width(lead), ' '),
                     std::string(std::max<std::size_t>(display_width(middle), 1), '^'));
}

std::string place(const rules::Match& match) {
  return fmt::format(
      "bytes {} to {} of {}{}{}", match.where.begin, match.where.end, match.field,
      match.layer.empty() ? "" : fmt::format(", layer {}", printable(match.layer)),
      match.truncated ? ", of which only the first 48 and the last 16 KiB count" : "");
}

std::string tactic_text(const Tag& tag, const attack::Catalogue& catalogue) {
  const auto* const tactic = catalogue.tactic(tag.tactic.text());
  return tactic == nullptr ? tag.tactic.text()
                           : fmt::format("{} {}", tactic->name, tag.tactic.text());
}

std::string technique_line(const Tag& tag, const attack::Catalogue& catalogue,
                           const Terminal& terminal) {
  const auto name = catalogue.name(tag.most_specific().text());
  return fmt::format("  {} {}, {}, confidence {}{}\n",
                     terminal.styled(Style::kCyan, printable(tag.most_specific().text())),
                     printable(name.empty() ? "(not in this ATT&CK release)" : name),
                     printable(tactic_text(tag, catalogue)), Json(tag.confidence).dump(),
                     tag.confidence < storage::kConfidenceFloor
                         ? fmt::format(" (below {}: not stored)", storage::kConfidenceFloor)
                         : "");
}

std::string evidence_line(const Tag& tag) {
  const auto all = tag.evidence.dump();
  const auto part = utf8_prefix(all, kEvidenceBytes);
  return fmt::format("  evidence {}{}\n", printable(part), part.size() < all.size() ? "…" : "");
}

const rules::Match* match_of(const Explanation& explanation, const RuleId& rule) {
  for (const auto& match : explanation.matches) {
    if (match.rule->definition.id == rule) return &match;
  }
  return nullptr;
}

}  // namespace

Explanation explain(const Event& event, const Detection& detection) {
  const auto rules = detection.tagger->rules();
  Explanation explanation;
  explanation.event = event;
  explanation.matches = rules->match(event);
  std::vector<Suppressed> suppressed;
  explanation.tags = detection.tagger->tag(event, &suppressed);
  for (const Suppressed& one : suppressed) {  // one an emit, those of a rule together
    if (explanation.silenced.empty() || explanation.silenced.back() != one.rule_id) {
      explanation.silenced.push_back(one.rule_id);
    }
  }
  const auto exhausted = rules->exhausted();
  for (std::size_t i = 0; i < exhausted.size(); ++i) {
    if (exhausted[i] > 0) explanation.exhausted.push_back(rules->rules()[i]->definition.id.text());
  }
  return explanation;
}

std::string as_text(const Explanation& explanation, const Detection& detection,
                    const Terminal& terminal) {
  const auto rules = detection.tagger->rules();
  std::string out;
  const RuleId* previous = nullptr;
  const Tag* shown_for = nullptr;
  for (const auto& tag : explanation.tags) {
    if (previous == nullptr || *previous != tag.rule_id) {
      if (shown_for != nullptr) out += evidence_line(*shown_for) + "\n";
      shown_for = &tag;
      const auto* const rule = rules->find(tag.rule_id);
      out += fmt::format("{} {}, version {}\n",
                         terminal.styled(Style::kHeader, printable(tag.rule_id.text())),
                         printable(rule == nullptr ? "" : rule->definition.name), tag.rule_version);
      if (const auto* const match = match_of(explanation, tag.rule_id)) {
        out += fmt::format("  matched at {}\n", place(*match));
        out += marked(explanation.event, *match, terminal);
      }
    }
    out += technique_line(tag, detection.catalogue(), terminal);
    previous = &tag.rule_id;
  }
  if (shown_for != nullptr) out += evidence_line(*shown_for);
  if (explanation.tags.empty()) {
    out += fmt::format("no rule fires ({} rules, kind {})\n", rules->rules().size(),
                       printable(explanation.event.source_kind));
  }
  for (const RuleId& rule : explanation.silenced) {
    const auto& states = detection.book->states();
    const auto state = states.find(rule);
    out += fmt::format("{} matches, but is {}\n", printable(rule.text()),
                       state == states.end() ? "disabled" : state_story(state->second));
  }
  if (!explanation.exhausted.empty()) {
    out += fmt::format("not evaluated, the text is too costly for them: {}\n",
                       printable(fmt::format("{}", fmt::join(explanation.exhausted, ", "))));
  }
  return out;
}

Json as_json(const Explanation& explanation, const Detection& detection) {
  const auto& catalogue = detection.catalogue();
  const auto rules = detection.tagger->rules();
  Json::Array tags;
  for (const auto& tag : explanation.tags) {
    const auto* const rule = rules->find(tag.rule_id);
    const auto* const tactic = catalogue.tactic(tag.tactic.text());
    const auto name = catalogue.name(tag.most_specific().text());
    tags.push_back(
        Json::object({{"rule", Json(tag.rule_id.text())},
                      {"rule_version", Json(tag.rule_version)},
                      {"rule_name", rule == nullptr ? Json() : Json(rule->definition.name)},
                      {"technique", Json(tag.most_specific().text())},
                      {"name", name.empty() ? Json() : Json(name)},
                      {"tactic", Json(tag.tactic.text())},
                      {"tactic_name", tactic == nullptr ? Json() : Json(tactic->name)},
                      {"confidence", Json(tag.confidence)},
                      {"stored", Json(tag.confidence >= storage::kConfidenceFloor)},
                      {"url", tag.mitre_url ? Json(*tag.mitre_url) : Json()},
                      {"evidence", tag.evidence}}));
  }
  Json::Array matches;
  for (const auto& match : explanation.matches) {
    matches.push_back(Json::object({{"rule", Json(match.rule->definition.id.text())},
                                    {"field", Json(match.field)},
                                    {"layer", Json(match.layer.empty() ? "raw" : match.layer)},
                                    {"begin", Json(static_cast<std::int64_t>(match.where.begin))},
                                    {"end", Json(static_cast<std::int64_t>(match.where.end))},
                                    {"matched", Json(match.matched)},
                                    {"truncated", Json(match.truncated)}}));
  }
  Json::Array silenced;
  for (const RuleId& rule : explanation.silenced) silenced.emplace_back(rule.text());
  const auto* const text = text_of(explanation.event, "command_text");
  return Json::object(
      {{"kind", Json(explanation.event.source_kind)},
       {"text", text == nullptr ? Json() : Json(*text)},
       {"attack_release", Json(rules->attack_release())},
       {"rules", Json(static_cast<std::int64_t>(rules->rules().size()))},
       {"tags", Json(std::move(tags))},
       {"matches", Json(std::move(matches))},
       {"exhausted", Json(Json::Array(explanation.exhausted.begin(), explanation.exhausted.end()))},
       {"silenced", Json(std::move(silenced))}});
}

}  // namespace decnet::cli
