#include "decnet/rules/search.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "decnet/base/utf8.h"

namespace decnet::rules {
namespace {

// The commands of a session as its end tells them, line by line.
std::optional<std::string> session_lines(const Json& value) {
  const Json::Array* const commands = value.array();
  if (commands == nullptr) return std::nullopt;
  std::string lines;
  for (const Json& one : *commands) {
    if (lines.size() > matching::kMaxEvaluatedBytes) break;
    const std::string* line = one.string();
    for (const std::string_view key : {"command_text", "text", "command"}) {
      const Json* const member = line != nullptr ? nullptr : one.find(key);
      if (member != nullptr) line = member->string();
    }
    if (line != nullptr) lines.append(*line).append("\n");
  }
  return lines;
}

// Keeps its allocations between events.
matching::Scan& scan_of_thread() {
  thread_local matching::Scan scan;
  return scan;
}

}  // namespace

RuleSet::Search::Search(const RuleSet& rules) : rules_(rules), scan_(scan_of_thread()) {}

void RuleSet::Search::fields(const KindRules& kind, const Json& payload,
                             DerivedFields& of_request) {
  for (const auto& set : kind.fields) {
    scan_.passed_over.assign(set->rules.size(), false);
    if (set->derived) {
      derived(*set, payload, *set->derived);
    } else {
      field(*set, payload, of_request);
    }
  }
}

void RuleSet::Search::field(const FieldSet& set, const Json& payload, DerivedFields& of_request) {
  if (set.of_request) {
    if (const Json* found = of_request.find(set.field)) value(set, *found);
    return;
  }
  if (const Json* found = payload.find(set.field)) value(set, *found);
  if (set.has_normal_form) derived(set, payload, shell::TextKind::kCommandLine);
}

void RuleSet::Search::value(const FieldSet& set, const Json& value) {
  if (const std::string* whole = value.string()) return text(set, *whole);
  if (!set.nested) return;
  std::size_t left = matching::kMaxEvaluatedBytes;
  const std::size_t first = matches_.size();
  nested(set, value, left);
  if (left > 0) return;
  for (std::size_t i = first; i < matches_.size(); ++i) matches_[i].truncated = true;
}

// All texts of a list or object together are evaluated as far as one text is: `left` bytes. Each
// value costs one, so that a million empty ones end too.
void RuleSet::Search::nested(const FieldSet& set, const Json& value, std::size_t& left) {
  if (left == 0) return;
  --left;
  if (const std::string* part = value.string()) {
    const std::string_view seen = utf8_prefix(*part, left);
    text(set, seen);
    left = seen.size() < part->size() ? 0 : left - seen.size();
  } else if (const Json::Array* elements = value.array()) {
    for (const Json& element : *elements) {
      if (left == 0) return;
      nested(set, element, left);
    }
  } else if (const Json::Object* members = value.object()) {
    for (const auto& [key, member] : *members) {
      if (left == 0) return;
      nested(set, member, left);
    }
  }
}

const shell::Analysis* RuleSet::Search::analysis(const Json& payload, std::string_view key) {
  // They keep their memory between events; the analysis points into the text.
  thread_local std::string lines;
  thread_local matching::EvaluatedText evaluated;
  thread_local shell::Analysis analysis;
  if (!analysed_) {
    const Json* const found = payload.find(key);
    if (found == nullptr) return nullptr;
    const std::string* text = found->string();
    if (text == nullptr) {
      auto typed = key == kSessionCommands ? session_lines(*found) : std::nullopt;
      if (!typed) return nullptr;
      lines = *std::move(typed);
      text = &lines;
    }
    matching::evaluated_text(*text, evaluated);
    truncated_ = evaluated.truncated;
    analysis.run(evaluated.text);
    analysed_ = true;
  }
  return &analysis;
}

// All texts of one kind together are evaluated as far as one text is; each costs one byte more than
// it has.
void RuleSet::Search::derived(const FieldSet& set, const Json& payload, shell::TextKind kind) {
  const shell::Analysis* const analysed = analysis(payload, set.key);
  if (analysed == nullptr) return;
  const std::string_view typed = analysed->layers().front().source;
  std::size_t left = matching::kMaxEvaluatedBytes;
  for (const shell::Text& one : analysed->texts(kind)) {
    // The normal form of most commands is what was typed, and that has been searched.
    if (set.has_normal_form && one.text.data() == typed.data() && one.text.size() == typed.size()) {
      continue;
    }
    if (left == 0) return;
    --left;
    const std::string_view seen = one.text.substr(0, left);
    text(set, seen, analysed->layers()[one.layer].label);
    left -= seen.size();
  }
}

void RuleSet::Search::text(const FieldSet& set, std::string_view text, std::string_view layer) {
  matching::EvaluatedText evaluated;
  matching::evaluated_text(text, evaluated);
  set.patterns->scan(evaluated.text, scan_);
  for (const std::size_t pattern : scan_.exhausted) exhausted_.push_back(set.rules[pattern]);
  for (std::size_t i = 0; i < scan_.matched.size(); ++i) {
    const std::size_t pattern = scan_.matched[i];
    scan_.passed_over[pattern] = true;  // thousands of texts may match
    const Rule* const rule = rules_.rules_[set.rules[pattern]].get();
    if ((set.nested || !layer.empty()) && has(rule)) continue;  // in another field
    found(set, *rule, scan_.places[i], evaluated, layer);
  }
}

void RuleSet::Search::found(const FieldSet& set, const Rule& rule, matching::Span where,
                            const matching::EvaluatedText& evaluated, std::string_view layer) {
  const auto matched = evaluated.text.substr(where.begin, where.end - where.begin);
  Match& match = matches_.emplace_back();
  match.rule = &rule;
  match.field = set.field;
  match.where = where;
  match.matched = utf8_prefix(matched, Match::kMaxMatchedBytes);
  match.truncated = evaluated.truncated || (!layer.empty() && truncated_);
  if (layer.empty()) return;
  match.layer = layer;
  match.searched = utf8_prefix(evaluated.text, Match::kMaxSearchedBytes);
}

bool RuleSet::Search::has(const Rule* rule) const {
  return std::any_of(matches_.begin(), matches_.end(),
                     [rule](const Match& match) { return match.rule == rule; });
}

MatchMemo::Found RuleSet::Search::take() {
  // So they are already, unless rules search several fields or a field holds several texts.
  const auto out_of_order = [](const Match& a, const Match& b) {
    return a.rule->position >= b.rule->position;
  };
  if (std::adjacent_find(matches_.begin(), matches_.end(), out_of_order) != matches_.end()) {
    std::stable_sort(matches_.begin(), matches_.end(), [](const Match& a, const Match& b) {
      return a.rule->position < b.rule->position;
    });
    const auto again = std::unique(matches_.begin(), matches_.end(),
                                   [](const Match& a, const Match& b) { return a.rule == b.rule; });
    matches_.erase(again, matches_.end());
  }
  return {std::move(matches_), std::move(exhausted_)};
}

}  // namespace decnet::rules
