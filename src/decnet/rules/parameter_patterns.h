// ParameterPatterns: the list of patterns that a lifter kind has among its parameters (`paths`,
// `patterns`, `filename_patterns`), compiled once with the rule instead of at every event.
//
// Cost:    one pass over the text for all of them, and linear time, as PatternSet says.
// Threads: immutable once made.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/matching/pattern_set.h"
#include "decnet/rules/definition.h"

namespace decnet::rules {

class ParameterPatterns {
 public:
  // Compiles the entries of the rule's pattern_parameter(). One that is no pattern is left out, and
  // a warning with its line is appended to `problems`.
  ParameterPatterns(const Definition& definition, std::vector<Problem>& problems);

  struct Answer {
    std::optional<std::string_view> first;  // as written; lives as long as this object
    bool exhausted =
        false;  // a budget ran out, and no pattern was found: neither match nor mismatch
  };
  // Which is the first of them, in the author's order, that is found in `text`: any bytes, of which
  // as much is evaluated as evaluated_text says.
  [[nodiscard]] Answer first_match(std::string_view text) const;

  // The places in the author's list, ascending, of all that are found in `text`.
  struct Found {
    std::vector<std::size_t> places;
    bool exhausted = false;  // a budget ran out: some that is not named may be there
  };
  [[nodiscard]] Found all_matches(std::string_view text) const;

  // Whether no entry was left out.
  [[nodiscard]] bool is_whole() const { return whole_; }

 private:
  std::vector<std::string> written_;  // by pattern
  std::vector<std::size_t> places_;   // in the author's list, by pattern
  matching::PatternSet patterns_;
  bool whole_ = true;
};

}  // namespace decnet::rules
