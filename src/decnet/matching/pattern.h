// Pattern: one regular expression made ready for search. Whoever searches for it shares it: it is
// compiled once however many sets it is in, and what its engine has learnt from texts stays when
// the sets around it change. Dialect and engines: pattern_set.h.
//
// Threads: immutable but for caches that the engine guards.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/matching/needs.h"
#include "decnet/matching/pcre2_search.h"
#include "decnet/matching/re2_search.h"
#include "decnet/matching/span.h"

namespace decnet::matching {

class Pattern {
 public:
  // Longer ones are refused.
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 10;

  // Errors: kInvalid, with the reason.
  static Result<std::shared_ptr<const Pattern>> compile(const std::string& pattern);

  // As its author wrote it.
  [[nodiscard]] const std::string& written() const { return written_; }

  enum class Outcome { kAbsent, kFound, kExhausted };  // exhausted: neither match nor mismatch
  struct Answer {
    Outcome outcome = Outcome::kAbsent;
    Span where;  // when found: the first place it matches
  };
  // `text` is valid UTF-8, see evaluated_text.
  [[nodiscard]] Answer search(std::string_view text) const;

  // What every text that matches has.
  [[nodiscard]] const std::vector<Need>& needs() const { return needs_; }

 private:
  struct Engines {
    Re2Search linear;                         // decides, unless …
    std::optional<Pcre2Search> backtracking;  // … there is this, for texts that `linear` lets pass
  };
  Pattern(std::string written, Engines engines, std::vector<Need> needs);

  std::string written_;
  Engines engines_;
  std::vector<Need> needs_;
};

}  // namespace decnet::matching
