// Pcre2Search: one pattern with look-around or back-references, which only a backtracking engine
// understands. Backtracking can take exponential time, so it works under a budget of steps and on
// one window of the text at a time; when the budget runs out the answer is "not known".
//
// Windows: 4 KiB that overlap by half, from the beginning to the end of the text. A match of up to
//          2 KiB is found wherever it is. Look-behind and \b see what is before the window, but
//          nothing sees behind its end; ^ and $ mean the beginning and end of the whole text.
// Budget:  per text, for all windows together. A step is an item of the pattern tried or a byte
//          moved over, so steps are what time is made of (some 10 ns each).
//          PCRE2's own match limit starts anew at every position of the text and bounds nothing.
// Threads: immutable; search() from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/matching/span.h"

namespace decnet::matching {

class Pcre2Search {
 public:
  static constexpr std::size_t kWindowBytes = 4096;
  static constexpr std::uint64_t kStepBudget = 250'000;

  enum class Outcome { kFound, kAbsent, kExhausted };
  struct Answer {
    Outcome outcome = Outcome::kAbsent;
    Span where;  // when found: the first match of the first window that has one
  };

  // `pattern` is an Expression's `exact`. Errors: kInvalid, with PCRE2's reason.
  static Result<Pcre2Search> compile(const std::string& pattern);

  Pcre2Search(const Pcre2Search&) = delete;
  Pcre2Search& operator=(const Pcre2Search&) = delete;
  Pcre2Search(Pcre2Search&&) noexcept;
  Pcre2Search& operator=(Pcre2Search&&) noexcept;
  ~Pcre2Search();

  // `text` is valid UTF-8.
  [[nodiscard]] Answer search(std::string_view text, std::uint64_t step_budget = kStepBudget) const;

 private:
  struct Code;
  explicit Pcre2Search(std::unique_ptr<Code> code);
  std::unique_ptr<Code> code_;
};

}  // namespace decnet::matching
