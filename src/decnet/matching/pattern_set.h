// PatternSet: many regular expressions against one text, in one pass.
//
// Dialect:  RE2 syntax, which is what Python and PCRE share, less look-around and back-references.
//           Unanchored search, case-sensitive unless the pattern says (?i); \w \d \s \b are ASCII;
//           `.` stops at a line feed; `$` matches at the end and before a final line feed. A
//           pattern that RE2 cannot express runs in PCRE2 on a window of the text, under a step
//           budget (see kWindowBytes).
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

namespace decnet::matching {

// Where a pattern was found: byte offsets into the text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

struct Scan {
  std::vector<std::size_t> matched;    // indexes of the patterns found, ascending
  std::vector<std::size_t> exhausted;  // patterns whose budget ran out: neither match nor mismatch
};

class PatternSet {
 public:
  // At most this much of a text is seen by a pattern that needs PCRE2.
  static constexpr std::size_t kWindowBytes = 4096;

  PatternSet();  // no pattern, never matches
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
  // Scans that ran out of automaton memory and were done pattern by pattern: slow, not wrong.
  [[nodiscard]] std::uint64_t fallbacks() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The part of a text that is evaluated: all of it up to 64 KiB, else its first 48 and last 16 KiB
// with a line feed between them; one final line feed is taken off, so that `$` means the end.
// Ill-formed UTF-8 is replaced.
struct EvaluatedText {
  std::string_view text;   // into the original, or into `storage`
  std::string storage;     // used when the original had to be changed
  bool truncated = false;  // the middle was left out
};
inline constexpr std::size_t kMaxEvaluatedBytes = std::size_t{64} << 10;
inline constexpr std::size_t kHeadBytes = std::size_t{48} << 10;

// The result refers to `text` and to itself: do not copy or move it.
void evaluated_text(std::string_view text, EvaluatedText& out);

}  // namespace decnet::matching
