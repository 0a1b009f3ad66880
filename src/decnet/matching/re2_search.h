// Re2Search: one pattern in the linear-time engine.
//
// Threads: immutable but for caches that RE2 guards.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/matching/span.h"

namespace decnet::matching {

class Re2Search {
 public:
  // Instructions that one pattern may compile to. Work per byte of a hostile text grows with them;
  // counted repeats are what makes them many: `.{0,300}` is 2,700. The worst patterns of this size
  // cost some milliseconds per KiB, on texts written against them.
  static constexpr int kMaxProgramSize = 3000;

  // Errors: kInvalid, with RE2's reason.
  static Result<Re2Search> compile(const std::string& pattern);

  Re2Search(const Re2Search&) = delete;
  Re2Search& operator=(const Re2Search&) = delete;
  Re2Search(Re2Search&&) noexcept;
  Re2Search& operator=(Re2Search&&) noexcept;
  ~Re2Search();

  // The leftmost match. `text` is valid UTF-8.
  [[nodiscard]] std::optional<Span> find(std::string_view text) const;

 private:
  struct Regex;
  explicit Re2Search(std::unique_ptr<const Regex> regex);
  std::unique_ptr<const Regex> regex_;
};

}  // namespace decnet::matching
