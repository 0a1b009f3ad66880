// RuleSet's inside: the search of one event.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/matching/evaluated_text.h"
#include "decnet/matching/pattern_set.h"
#include "decnet/rules/derived_fields.h"
#include "decnet/rules/match_memo.h"
#include "decnet/rules/rule_set.h"
#include "decnet/shell/analysis.h"

namespace decnet::rules {

struct RuleSet::FieldSet {
  std::string field;
  bool nested = false;                     // texts within a list or an object are searched too
  bool of_request = false;                 // no key of the payload: derived_fields.h gives it
  std::optional<shell::TextKind> derived;  // the analysis of a payload key's text gives the texts
  std::string_view key = {};               // that key; lives as long as the rules
  bool has_normal_form = false;            // the text of a command: the analysis gives more of it
  std::shared_ptr<const matching::PatternSet> patterns;  // the same in every set where nothing of
                                                         // the field changed
  std::vector<std::size_t> rules;                        // of each pattern, ascending
};

class RuleSet::Search {
 public:
  explicit Search(const RuleSet& rules);

  void fields(const KindRules& kind, const Json& payload, DerivedFields& of_request);

  // Matches in rule order, each rule once, where it was found first.
  MatchMemo::Found take();

 private:
  void field(const FieldSet& set, const Json& payload, DerivedFields& of_request);
  void value(const FieldSet& set, const Json& value);
  void nested(const FieldSet& set, const Json& value, std::size_t& left);
  void derived(const FieldSet& set, const Json& payload, shell::TextKind kind);
  void text(const FieldSet& set, std::string_view text, std::string_view layer = {});
  void found(const FieldSet& set, const Rule& rule, matching::Span where,
             const matching::EvaluatedText& evaluated, std::string_view layer);
  [[nodiscard]] bool has(const Rule* rule) const;
  const shell::Analysis* analysis(const Json& payload, std::string_view key);

  const RuleSet& rules_;
  matching::Scan& scan_;  // passes over what was found in the field under way
  std::vector<Match> matches_;
  std::vector<std::size_t> exhausted_;
  bool analysed_ = false;
  bool truncated_ = false;  // so was the command's text
};

}  // namespace decnet::rules
