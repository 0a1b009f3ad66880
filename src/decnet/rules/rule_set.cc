#include "decnet/rules/rule_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "decnet/base/log.h"
#include "decnet/rules/derived_fields.h"
#include "decnet/rules/emit_ids.h"
#include "decnet/rules/match_kinds.h"
#include "decnet/rules/match_memo.h"
#include "decnet/rules/overlay.h"
#include "decnet/rules/search.h"

namespace decnet::rules {

RuleSet::RuleSet() = default;
RuleSet::~RuleSet() = default;

bool Rule::applies_to(std::string_view source_kind) const {
  const auto& kinds = definition.applies_to;
  return std::find(kinds.begin(), kinds.end(), source_kind) != kinds.end();
}

const Rule* RuleSet::find(const RuleId& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const RuleSet::KindRules* RuleSet::of_kind(std::string_view source_kind) const {
  const auto kind = decnet::source_kind(source_kind);
  return kind ? &kinds_[static_cast<std::size_t>(*kind)] : nullptr;
}

std::span<const Rule* const> RuleSet::lifter_rules(std::string_view source_kind) const {
  const KindRules* kind = of_kind(source_kind);
  return kind == nullptr ? std::span<const Rule* const>() : kind->lifters;
}

namespace {

// All that decides what is found in an event: the texts its kind's rules read. False when one of
// them is no text, and when they are more than a memo keeps.
bool write_seen(std::span<const std::string_view> read, const Json& payload, std::string& seen) {
  seen.clear();
  for (const std::string_view key : read) {
    const Json* const value = payload.find(key);
    const std::string* const text = value == nullptr ? nullptr : value->string();
    if (value != nullptr && text == nullptr) return false;
    if (text != nullptr && seen.size() + text->size() > MatchMemo::kMaxEntryBytes) return false;
    // One more than their number of bytes before them, or two texts could be taken for two others,
    // and none for an empty one.
    const std::uint64_t mark = text == nullptr ? 0 : text->size() + 1;
    seen.append(reinterpret_cast<const char*>(&mark), sizeof mark);
    if (text != nullptr) seen.append(*text);
  }
  return true;
}

}  // namespace

std::vector<Match> RuleSet::match(const Event& event) const {
  const KindRules* kind = of_kind(event.source_kind);
  if (kind == nullptr) return {};
  thread_local std::string seen;  // keeps its memory between events
  const bool is_kept = kind->memo != nullptr && write_seen(kind->read, event.payload, seen);
  std::shared_ptr<const MatchMemo::Found> found;
  if (is_kept) found = kind->memo->find(seen);
  if (found == nullptr) {
    Search search(*this);
    DerivedFields of_request(event);
    search.fields(*kind, event.payload, of_request);
    MatchMemo::Found searched = search.take();
    for (const std::size_t rule : searched.exhausted) count_exhausted(rule);
    if (!is_kept) return std::move(searched.matches);
    found = std::make_shared<const MatchMemo::Found>(std::move(searched));
    kind->memo->keep(seen, found);
  } else {
    for (const std::size_t rule : found->exhausted) count_exhausted(rule);
  }
  return found->matches;
}

std::vector<Match> RuleSet::match(const Event& event, const Overlay& states, UtcTime now) const {
  std::vector<Match> matches = match(event);
  for (Match& match : matches) {
    if (!states.silences(*match.rule, now)) continue;
    Match silenced;
    silenced.rule = match.rule;
    silenced.field = match.field;
    silenced.silenced = true;
    match = std::move(silenced);
  }
  return matches;
}

void RuleSet::count_exhausted(std::size_t rule) const {
  if (exhausted_[rule].fetch_add(1, std::memory_order_relaxed) != 0) return;
  log::warning("ttp.engine",
               fmt::format("rule {}: its pattern ran out of its budget on a text and was not "
                           "evaluated there; counted from now on, not logged again",
                           rules_[rule]->definition.id.text()));
}

std::optional<std::string_view> RuleSet::first_pattern(const Rule& rule,
                                                       std::string_view text) const {
  if (rule.parameter_patterns == nullptr) return std::nullopt;
  const auto answer = rule.parameter_patterns->first_match(text);
  if (answer.exhausted) count_exhausted(rule.position);
  return answer.first;
}

std::vector<std::size_t> RuleSet::found_patterns(const Rule& rule, std::string_view text) const {
  if (rule.parameter_patterns == nullptr) return {};
  auto found = rule.parameter_patterns->all_matches(text);
  if (found.exhausted) count_exhausted(rule.position);
  return std::move(found.places);
}

std::vector<std::uint64_t> RuleSet::exhausted() const {
  std::vector<std::uint64_t> counts;
  counts.reserve(exhausted_.size());
  for (const auto& count : exhausted_) counts.push_back(count.load(std::memory_order_relaxed));
  return counts;
}

// Builds one rule set.
class RuleSetCompiler {
 public:
  RuleSetCompiler(const attack::Catalogue& catalogue, const RuleSet::Options& options)
      : catalogue_(catalogue), previous_(options.previous), set_(new RuleSet()) {
    set_->attack_release_ =
        options.attack_release.empty() ? catalogue.release() : options.attack_release;
  }

  RuleSet::Compiled compile(std::vector<std::shared_ptr<const Definition>> definitions) {
    set_->rules_.reserve(definitions.size());
    set_->by_id_.reserve(definitions.size());
    for (auto& definition : definitions) add(std::move(definition));
    set_->exhausted_ = std::vector<std::atomic<std::uint64_t>>(set_->rules_.size());
    for (const auto& rule : set_->rules_) take_over_count(*rule);
    for (std::size_t kind = 0; kind < kSourceKindNames.size(); ++kind) fill(kind);
    return {std::move(set_), std::move(problems_), std::move(remarks_)};
  }

 private:
  void error(const Definition& definition, const std::string& key, std::string_view message) {
    problems_.push_back({Problem::Severity::kError, definition.path, definition.line_of(key),
                         fmt::format("{}: {}", definition.id.text(), message)});
  }

  void add(std::shared_ptr<const Definition> given) {
    auto rule = std::make_unique<Rule>(std::move(given));
    const Definition& definition = rule->definition;
    if (set_->by_id_.count(definition.id) != 0) {
      return error(definition, "rule_id", "another rule has this id; this one is left out");
    }
    if (definition.is_pattern_rule()) {
      auto pattern = compiled(definition);
      if (!pattern) return error(definition, "match.pattern", pattern.error().message);
      rule->pattern = *std::move(pattern);
    } else {
      rule->parameter_patterns = parameter_patterns(definition);
    }
    for (std::size_t i = 0; i < definition.steps.size(); ++i) {
      auto step = compiled_step(definition, i);
      if (!step) {
        return error(definition, fmt::format("match.steps[{}].pattern", i), step.error().message);
      }
      rule->steps.push_back(*std::move(step));
    }
    // Placing thousands of emits takes half a millisecond: no need to take them over.
    rule->emits.reserve(definition.emits.size());
    for (const Emit& emit : definition.emits) {
      rule->emits.push_back(
          {emit, attack::place(catalogue_, emit.technique_id, emit.sub_technique_id, emit.tactic)});
    }
    check_ids(definition, catalogue_, problems_, remarks_);
    rule->position = set_->rules_.size();
    set_->by_id_.emplace(definition.id, rule.get());
    set_->rules_.push_back(std::move(rule));
  }

  // The rule that had this pattern under this id before, or null.
  [[nodiscard]] const Rule* same_before(const Definition& definition) const {
    const Rule* before = previous_ == nullptr ? nullptr : previous_->find(definition.id);
    if (before == nullptr || before->pattern == nullptr) return nullptr;
    return before->definition.pattern == definition.pattern ? before : nullptr;
  }

  [[nodiscard]] Result<std::shared_ptr<const matching::Pattern>> compiled(
      const Definition& definition) const {
    if (const Rule* before = same_before(definition)) return before->pattern;
    return definition.ready.of(definition.pattern);
  }

  [[nodiscard]] Result<std::shared_ptr<const matching::Pattern>> compiled_step(
      const Definition& definition, std::size_t step) const {
    const SequenceStep& wanted = definition.steps[step];
    const Rule* before = previous_ == nullptr ? nullptr : previous_->find(definition.id);
    if (before != nullptr && step < before->steps.size() &&
        before->definition.steps[step].pattern == wanted.pattern) {
      return before->steps[step];
    }
    return wanted.ready.of(wanted.pattern);
  }

  // Compiled anew only when a change of the rule concerns them. What is wrong with an entry is told
  // again every time, as problems are.
  [[nodiscard]] std::shared_ptr<const ParameterPatterns> parameter_patterns(
      const Definition& definition) {
    if (pattern_parameter(definition.match_kind).empty()) return nullptr;
    const Rule* before = previous_ == nullptr ? nullptr : previous_->find(definition.id);
    const bool same = before != nullptr && before->parameter_patterns != nullptr &&
                      before->definition.match_kind == definition.match_kind &&
                      before->definition.parameters == definition.parameters;
    if (same && before->parameter_patterns->is_whole()) return before->parameter_patterns;
    return std::make_shared<const ParameterPatterns>(definition, problems_);
  }

  // Otherwise every reload would begin to count, and to warn, anew.
  void take_over_count(const Rule& rule) {
    const Rule* before = nullptr;
    if (rule.definition.is_pattern_rule()) {
      before = same_before(rule.definition);
    } else if (rule.parameter_patterns != nullptr && previous_ != nullptr) {
      before = previous_->find(rule.definition.id);
      if (before != nullptr && before->parameter_patterns != rule.parameter_patterns) return;
    }
    if (before == nullptr) return;
    set_->exhausted_[rule.position] = previous_->exhausted_[before->position].load();
  }

  // One (kind, field) while its rules are collected.
  struct Field {
    std::string_view name;
    bool nested = false;
    std::vector<std::size_t> rules;
  };

  void fill(std::size_t kind) {
    const std::string_view name = kSourceKindNames[kind];
    std::vector<Field> fields;
    for (std::size_t i = 0; i < set_->rules_.size(); ++i) {
      const Rule& rule = *set_->rules_[i];
      const Definition& definition = rule.definition;
      if (!rule.applies_to(name)) continue;
      if (!definition.is_pattern_rule()) {
        set_->kinds_[kind].lifters.push_back(&rule);
        continue;
      }
      const std::string_view searched =
          definition.field.empty() ? default_field(name) : std::string_view(definition.field);
      if (!searched.empty()) search(i, searched, is_derived_field(name, searched), fields);
      for (const std::string& more : definition.more_fields) search(i, more, true, fields);
    }
    for (Field& field : fields) {
      auto set = std::make_unique<RuleSet::FieldSet>();
      set->field = field.name;
      set->nested = field.nested;
      set->of_request = is_derived_field(name, field.name);
      set->key = payload_key(name, field.name);
      if (set->key != field.name) set->derived = shell::text_kind(field.name);
      set->has_normal_form =
          name == to_string(SourceKind::kCommand) && field.name == default_field(name);
      set->patterns = patterns_of(kind, field);
      set->rules = std::move(field.rules);
      set_->kinds_[kind].fields.push_back(std::move(set));
    }
    remember(set_->kinds_[kind]);
  }

  // Nothing of a request: the fields derived from it are of its whole payload.
  static void remember(RuleSet::KindRules& kind) {
    for (const auto& set : kind.fields) {
      if (set->of_request) return;
      const std::string_view key = set->key.empty() ? std::string_view(set->field) : set->key;
      if (std::ranges::find(kind.read, key) == kind.read.end()) kind.read.push_back(key);
    }
    if (!kind.fields.empty()) kind.memo = std::make_unique<MatchMemo>();
  }

  // Has a rule's pattern searched in a field.
  static void search(std::size_t rule, std::string_view name, bool nested,
                     std::vector<Field>& fields) {
    auto field = std::find_if(fields.begin(), fields.end(), [name, nested](const Field& f) {
      return f.name == name && f.nested == nested;
    });
    if (field == fields.end()) field = fields.insert(fields.end(), Field{name, nested, {}});
    field->rules.push_back(rule);
  }

  // The set of before where its patterns are the same: states, confidences, evidence and lifter
  // rules change without a new automaton.
  [[nodiscard]] std::shared_ptr<const matching::PatternSet> patterns_of(std::size_t kind,
                                                                        const Field& field) const {
    std::vector<std::shared_ptr<const matching::Pattern>> patterns;
    patterns.reserve(field.rules.size());
    for (const std::size_t rule : field.rules) patterns.push_back(set_->rules_[rule]->pattern);
    if (previous_ != nullptr) {
      for (const auto& before : previous_->kinds_[kind].fields) {
        if (before->field != field.name || before->nested != field.nested) continue;
        if (std::ranges::equal(before->patterns->patterns(), patterns)) return before->patterns;
      }
    }
    return std::make_shared<const matching::PatternSet>(std::move(patterns));
  }

  const attack::Catalogue& catalogue_;
  const RuleSet* const previous_;
  std::unique_ptr<RuleSet> set_;
  std::vector<Problem> problems_;
  std::vector<Problem> remarks_;
};

RuleSet::Compiled RuleSet::compile(std::vector<std::shared_ptr<const Definition>> definitions,
                                   const attack::Catalogue& catalogue, const Options& options) {
  return RuleSetCompiler(catalogue, options).compile(std::move(definitions));
}

RuleSet::Compiled RuleSet::compile(std::vector<Definition> definitions,
                                   const attack::Catalogue& catalogue, const Options& options) {
  std::vector<std::shared_ptr<const Definition>> shared;
  shared.reserve(definitions.size());
  for (Definition& definition : definitions) {
    shared.push_back(std::make_shared<const Definition>(std::move(definition)));
  }
  return compile(std::move(shared), catalogue, options);
}

}  // namespace decnet::rules
