// The slow ways to match, which the fast one is held to. For each pattern: RE2 on its own, without
// literals that wake it, and PCRE2 reading what the author wrote, with its own idea of the dialect.
//
//   const auto comparison = compare(patterns, texts);
//   EXPECT_THAT(comparison.violations, IsEmpty());
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/matching/span.h"

namespace decnet::test {

class ReferencePattern {
 public:
  // Aborts when the pattern is not one that matching::PatternSet takes.
  explicit ReferencePattern(std::string pattern);
  ReferencePattern(ReferencePattern&&) noexcept;
  ~ReferencePattern();

  [[nodiscard]] const std::string& pattern() const;

  // What the fast matcher must say. Nothing of `text` is hidden by windows and no budget ends the
  // search, so for a pattern with look-around it can say more on texts beyond 2 KiB.
  [[nodiscard]] std::optional<matching::Span> find(std::string_view text) const;

  // Whether PCRE2 matches, by its own dialect; nothing when it gives up.
  [[nodiscard]] std::optional<bool> pcre2_matches(std::string_view text) const;

  // PCRE2 does not read the pattern as it was written; pcre2_matches() reads a translation.
  [[nodiscard]] bool unknown_to_pcre2() const;

 private:
  struct Engines;
  std::unique_ptr<Engines> engines_;
};

// A difference between PCRE2's dialect and ours that is known, and where it can show.
struct DialectDifference {
  std::string name;
  bool (*shows)(std::string_view pattern, std::string_view text);
};
std::span<const DialectDifference> dialect_differences();

struct Comparison {
  std::size_t comparisons = 0;  // of one pattern with one text
  std::size_t matches = 0;
  std::size_t exhausted = 0;  // the fast matcher's budget ran out: nothing to compare
  std::size_t gave_up = 0;    // PCRE2 did: only the naive matcher is compared
  std::map<std::string, std::size_t> differences;  // of dialect, known ones, by name
  std::vector<std::string> violations;             // every other disagreement, in words

  [[nodiscard]] std::string summary() const;
};

// Compares PatternSet with both on every text, as evaluated_text() leaves it.
Comparison compare(std::span<const std::string> patterns, std::span<const std::string> texts);

}  // namespace decnet::test
