// PatternSet: many regular expressions against one text, in one pass.
//
// Dialect:  Python's, as expression.h lists it: unanchored search, case-sensitive unless the
//           pattern says (?i); \w \d \s \b are ASCII; `.` stops at a line feed; `$` is the end of
//           the text (evaluated_text takes a final line feed off).
// Engines:  one pass over the text looks for literals that the patterns cannot match without; RE2
//           decides about the patterns whose needs are met, one by one. What RE2 cannot
//           express (look-around, back-references) is then decided by PCRE2, as pcre2_search.h
//           says.
// Cost:     linear in the text, whatever the patterns and whoever wrote the text.
// Threads:  immutable once compiled; scan() from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/matching/evaluated_text.h"
#include "decnet/matching/literals.h"
#include "decnet/matching/pattern.h"
#include "decnet/matching/span.h"

namespace decnet::matching {

struct Scan {
  std::vector<std::size_t> matched;    // indexes of the patterns found, ascending
  std::vector<Span> places;            // of each of them the first
  std::vector<std::size_t> exhausted;  // patterns whose budget ran out: neither match nor mismatch
  // By index: what is not looked for. Whoever scans sets it; a pattern beyond its end is looked
  // for.
  std::vector<bool> passed_over;
};

class PatternSet {
 public:
  PatternSet() = default;  // no pattern, never matches
  // What the patterns' engines cost is theirs; the set itself costs what its literals do.
  explicit PatternSet(std::vector<std::shared_ptr<const Pattern>> patterns);

  // Errors: kInvalid for the first pattern that no engine takes, its index and reason in the text.
  // Callers that want every bad pattern named compile each.
  static Result<PatternSet> compile(std::span<const std::string> patterns);

  // Looks for all patterns in `text` (valid UTF-8, see evaluated_text), but for those that `scan`
  // passes over. What it found before is cleared; keep it between calls to save its allocations.
  void scan(std::string_view text, Scan& scan) const;

  [[nodiscard]] std::span<const std::shared_ptr<const Pattern>> patterns() const {
    return patterns_;
  }
  [[nodiscard]] std::size_t size() const { return patterns_.size(); }

 private:
  std::vector<std::shared_ptr<const Pattern>> patterns_;
  Literals witnesses_;                   // ids are indexes of needs
  std::vector<std::size_t> pattern_of_;  // of each need
  std::vector<std::uint8_t> needs_;      // how many a pattern has
  std::vector<std::size_t> always_;      // patterns without needs
};

}  // namespace decnet::matching
