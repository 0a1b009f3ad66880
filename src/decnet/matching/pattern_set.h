// PatternSet: many regular expressions against one text, in one pass.
//
// Dialect:  Python's, as expression.h lists it: unanchored search, case-sensitive unless the
//           pattern says (?i); \w \d \s \b are ASCII; `.` stops at a line feed; `$` is the end of
//           the text (evaluated_text takes a final line feed off).
// Engines:  one pass over the text looks for literals that the patterns cannot match without; RE2
//           decides about the patterns whose literals are there, one by one. What RE2 cannot
//           express (look-around, back-references) is then decided by PCRE2, as pcre2_search.h
//           says.
// Cost:     linear in the text, whatever the patterns and whoever wrote the text.
// Threads:  immutable once compiled; scan() from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/matching/evaluated_text.h"
#include "decnet/matching/span.h"

namespace decnet::matching {

struct Scan {
  std::vector<std::size_t> matched;    // indexes of the patterns found, ascending
  std::vector<std::size_t> exhausted;  // patterns whose budget ran out: neither match nor mismatch
};

class PatternSet {
 public:
  // Longer patterns are refused.
  static constexpr std::size_t kMaxPatternBytes = std::size_t{16} << 10;

  PatternSet();  // no pattern, never matches
  PatternSet(const PatternSet&) = delete;
  PatternSet& operator=(const PatternSet&) = delete;
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;
  ~PatternSet();

  // Errors: kInvalid for the first pattern that no engine takes, its index and reason in the text.
  // Callers that want every bad pattern named ask check() first.
  static Result<PatternSet> compile(std::span<const std::string> patterns);

  // Why the pattern cannot be used, or nothing.
  static std::optional<std::string> check(const std::string& pattern);

  // Looks for all patterns in `text` (valid UTF-8, see evaluated_text). `scan` is cleared first;
  // keep it between calls to save its allocations.
  void scan(std::string_view text, Scan& scan) const;

  // The first place pattern `index` matches. Meant for the few that scan() reported.
  [[nodiscard]] std::optional<Span> find(std::size_t index, std::string_view text) const;

  [[nodiscard]] std::size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace decnet::matching
