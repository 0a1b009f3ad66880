// RuleSet: rules compiled for evaluation. Immutable: a reload builds the next one aside and swaps
// one pointer, and an evaluation keeps the one it began with.
//
// Threads: any number may use one RuleSet.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/attack/catalogue.h"
#include "decnet/matching/pattern_set.h"
#include "decnet/model/event.h"
#include "decnet/rules/definition.h"

namespace decnet::rules {

struct CompiledEmit {
  Emit written;                 // as the rule says: what the tag's uuid is made of
  attack::Placement placement;  // as it is stored under the catalogue in use
};

struct Rule {
  Definition definition;
  std::vector<CompiledEmit> emits;

  [[nodiscard]] bool applies_to(std::string_view source_kind) const;
};

// A pattern rule that fired on an event.
struct Match {
  const Rule* rule = nullptr;
  std::string_view field;  // payload key
  matching::Span where;    // in the evaluated text
  std::string matched;     // the text found there, at most 256 bytes
  bool truncated = false;  // only part of a long text was evaluated
};

class RuleSet {
 public:
  ~RuleSet();

  struct Compiled {
    std::shared_ptr<const RuleSet> rules;
    std::vector<Problem> problems;  // rules that do not compile are left out and named here
  };
  // Never fails as a whole: a rule that cannot be compiled is left out, with its problem.
  static Compiled compile(std::vector<Definition> definitions, const attack::Catalogue& catalogue);

  [[nodiscard]] std::span<const std::unique_ptr<const Rule>> rules() const { return rules_; }
  [[nodiscard]] const Rule* find(const RuleId& id) const;
  // Written to attack_release of every tag of this set.
  [[nodiscard]] const std::string& attack_release() const { return attack_release_; }

  // Pattern rules of the event's kind that fire, in rule order; each text is scanned once.
  [[nodiscard]] std::vector<Match> match(const Event& event) const;

  // Rules whose match kind is exactly `lifter:<name>` and that apply to the kind, in rule order.
  [[nodiscard]] std::vector<const Rule*> lifter_rules(std::string_view match_kind,
                                                      std::string_view source_kind) const;

  // Evaluations in which a rule's budget ran out; it counted as not evaluated. By rule order.
  [[nodiscard]] std::vector<std::uint64_t> exhausted() const;

 private:
  RuleSet() = default;
  struct FieldSet;  // all patterns of one (source kind, field)

  std::vector<std::unique_ptr<const Rule>> rules_;
  std::vector<std::unique_ptr<FieldSet>> fields_;
  mutable std::vector<std::atomic<std::uint64_t>> exhausted_;
  std::string attack_release_;
};

}  // namespace decnet::rules
