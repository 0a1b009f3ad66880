// RuleSet: rules compiled for evaluation. Immutable: a reload builds the next one aside and swaps
// one pointer, and an evaluation keeps the one it began with.
//
// Shell:   a rule on commands may search what the shell analysis makes of command_text
//          (shell/analysis.h): its fields are those of shell::kTextKindNames. A pattern on
//          command_text itself is searched in the normal form too where the text as typed does not
//          match. A command is analysed once, when the first rule wants it.
// Cost:    of compile() after an edit: what the edited patterns cost, and some milliseconds where
//          there are thousands of rules. Sets share their definitions and compiled patterns.
//          of match(): one look-up and one scan per (kind, field) that any rule searches, whatever
//          the number of rules; of texts that were searched lately the look-up alone
//          (match_memo.h).
// Threads: any number may use one RuleSet.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/base/clock.h"
#include "decnet/matching/pattern_set.h"
#include "decnet/model/event.h"
#include "decnet/rules/definition.h"
#include "decnet/rules/parameter_patterns.h"

namespace decnet::rules {

struct CompiledEmit {
  Emit written;                 // as the rule says: what the tag's uuid is made of
  attack::Placement placement;  // as it is stored under the catalogue in use
};

struct Rule {
  explicit Rule(std::shared_ptr<const Definition> of) : shared(std::move(of)) {}
  Rule(const Rule&) = delete;
  Rule& operator=(const Rule&) = delete;

  std::shared_ptr<const Definition> shared;  // with whoever gave it
  const Definition& definition = *shared;
  std::vector<CompiledEmit> emits;
  std::shared_ptr<const matching::Pattern> pattern;             // of a pattern rule
  std::vector<std::shared_ptr<const matching::Pattern>> steps;  // of a sequence rule, in its order
  // Of a lifter rule whose kind has a list of patterns, else null.
  std::shared_ptr<const ParameterPatterns> parameter_patterns;
  std::size_t position = 0;  // in its set

  [[nodiscard]] bool applies_to(std::string_view source_kind) const;
};

class Overlay;

// A pattern rule that fired on an event.
struct Match {
  static constexpr std::size_t kMaxMatchedBytes = 256;
  static constexpr std::size_t kMaxSearchedBytes = 4096;

  const Rule* rule = nullptr;
  std::string_view field;  // payload key, or a text of the analysis; lives as long as the rule set
  matching::Span where;    // in the evaluated text
  std::string matched;     // the text found there, at most kMaxMatchedBytes, whole characters
  bool truncated = false;  // only part of a long text was evaluated
  bool silenced = false;   // an operator's state keeps the rule from firing: no place, no text
  // Of a text that the shell analysis made: its layer's label, and the text itself, at most
  // kMaxSearchedBytes of it. Empty when the payload's own text matched.
  std::string layer = {};
  std::string searched = {};
};

class MatchMemo;
class RuleSet;

struct CompileOptions {
  std::string attack_release = {};  // written on tags instead of the catalogue's, when not empty
  // The set that this one is to follow, or null: what is compiled of a pattern is taken over
  // where the rule of that id had the same pattern there, and with it exhausted(). Only read
  // during the call. Changes nothing else.
  const RuleSet* previous = nullptr;
};

class RuleSet {
 public:
  RuleSet(const RuleSet&) = delete;
  RuleSet& operator=(const RuleSet&) = delete;
  ~RuleSet();

  using Options = CompileOptions;
  struct Compiled {
    std::shared_ptr<const RuleSet> rules;
    std::vector<Problem> problems;  // errors cost their rule; each message names the rule's id
    // What only a strict check objects to: a tactic that the technique does not list.
    std::vector<Problem> remarks;
  };
  // Never fails as a whole: a rule that cannot be compiled is left out, with its problem; of two
  // rules with one id the first counts. An id unknown to the catalogue, revoked or deprecated is a
  // warning. Problems of rules that did not change are told again.
  static Compiled compile(std::vector<std::shared_ptr<const Definition>> definitions,
                          const attack::Catalogue& catalogue, const Options& options = {});
  // For definitions that nobody else holds.
  static Compiled compile(std::vector<Definition> definitions, const attack::Catalogue& catalogue,
                          const Options& options = {});

  // In the order they were given.
  [[nodiscard]] std::span<const std::unique_ptr<const Rule>> rules() const { return rules_; }
  [[nodiscard]] const Rule* find(const RuleId& id) const;
  // Written to attack_release of every tag of this set.
  [[nodiscard]] const std::string& attack_release() const { return attack_release_; }

  // Pattern rules of the event's kind that fire, in rule order and each once, with one of the
  // places where it matches. Each text is scanned once for every field that names it. All texts
  // within one list or object together are evaluated as far as a single text is.
  [[nodiscard]] std::vector<Match> match(const Event& event) const;
  // The same under operators' states: of a rule they silence now it is only found out whether it
  // matches. `states` was laid over this set.
  [[nodiscard]] std::vector<Match> match(const Event& event, const Overlay& states,
                                         UtcTime now) const;

  // Lifter and sequence rules that apply to the kind, whoever owns them, in rule order.
  [[nodiscard]] std::span<const Rule* const> lifter_rules(std::string_view source_kind) const;

  // The first of the rule's parameter patterns, in their order, that is found in `text` (any bytes;
  // of a long one its beginning and end are evaluated): the pattern as its author wrote it, which
  // lives as long as the rule. Nothing when none is, or when the rule has no such list.
  [[nodiscard]] std::optional<std::string_view> first_pattern(const Rule& rule,
                                                              std::string_view text) const;

  // The places, in the author's list, of all parameter patterns that are found in `text`.
  [[nodiscard]] std::vector<std::size_t> found_patterns(const Rule& rule,
                                                        std::string_view text) const;

  // Evaluations in which a rule's budget ran out; it counted as not evaluated. By rule order.
  [[nodiscard]] std::vector<std::uint64_t> exhausted() const;

 private:
  friend class RuleSetCompiler;
  class Search;
  struct FieldSet;  // all patterns of one (source kind, field)
  struct KindRules {
    std::vector<std::unique_ptr<const FieldSet>> fields;
    std::vector<const Rule*> lifters;
    std::vector<std::string_view> read;  // payload keys whose values say what is found
    std::unique_ptr<MatchMemo> memo;     // null where more than those does
  };

  RuleSet();
  [[nodiscard]] const KindRules* of_kind(std::string_view source_kind) const;
  void count_exhausted(std::size_t rule) const;

  std::vector<std::unique_ptr<const Rule>> rules_;
  std::unordered_map<RuleId, const Rule*> by_id_;
  std::array<KindRules, kSourceKindNames.size()> kinds_;
  mutable std::vector<std::atomic<std::uint64_t>> exhausted_;  // by rule
  std::string attack_release_;
};

}  // namespace decnet::rules
