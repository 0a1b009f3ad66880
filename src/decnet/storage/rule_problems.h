// RuleProblems: what was wrong with the files of a directory when its rules were last put into the
// database. Rows hold the last good version of a broken file, so that nobody sees by them that it
// is broken.
//
// On a framework database without our own tables nothing of it is kept.
//
// Threads: as the Database it belongs to: one thread.
// Errors:  kUnavailable: locked, full, not answering; nothing of the call was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"

namespace decnet::storage {

struct RuleProblem {
  // More of them say nothing that the first ones do not.
  static constexpr std::size_t kMaxKept = 1000;

  std::string path;       // as whoever reads it elsewhere finds it: absolute
  std::int64_t line = 0;  // 0: of the file as a whole
  std::string message;
  UtcTime since;  // when it was first seen
  friend bool operator==(const RuleProblem&, const RuleProblem&) = default;
};

class RuleProblems {
 public:
  virtual ~RuleProblems() = default;
  // False when there is no place for it.
  [[nodiscard]] virtual bool kept() const = 0;
  // These are there now, and no others; of more than RuleProblem::kMaxKept the first ones are kept.
  // What was there before and still is keeps its `since`. Without a difference nothing is written.
  // All of it or nothing.
  virtual Result<void> replace(std::span<const RuleProblem> problems) = 0;
  // In the order they were given.
  virtual Result<std::vector<RuleProblem>> all() = 0;
};

}  // namespace decnet::storage
