// Gaps: the times in which events may have been lost on a bus that keeps nothing, or forgot what it
// kept: the worker was down, the bus was away, a queue overflowed. What the database says happened
// then is tagged from there.
//
// Threads: one.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "decnet/base/clock.h"

namespace decnet::worker {

class Gaps {
 public:
  // A session is announced when it ends, with the commands of the hour before: of one that ended in
  // a gap they are older than the gap. Clocks of decoys are not exact.
  static constexpr std::chrono::minutes kBefore{65};
  static constexpr std::chrono::minutes kAfter{5};
  // Rows of a gap appear later than its end: the framework's profiler writes once a minute or so.
  static constexpr std::chrono::minutes kSettle{10};

  struct Gap {
    UtcTime begin;
    UtcTime end;
  };

  // Events may be lost since `begin`, and still are at `now`. While a gap is open it only grows, in
  // whichever direction the clock was set.
  void open(UtcTime begin, UtcTime now);
  // They come again.
  void close(UtcTime now);
  // They may have been lost between the two, of which the second comes first when the clock was set
  // back in between.
  void add(UtcTime begin, UtcTime end);

  // Whether something that happened at `instant` may have been missed.
  [[nodiscard]] bool covers(UtcTime instant) const;
  // The earliest moment worth looking at; nothing when there is no gap.
  [[nodiscard]] std::optional<UtcTime> earliest() const;
  // Until when nothing is missing: `now` when there is no gap.
  [[nodiscard]] UtcTime complete_until(UtcTime now) const;
  // Forgets gaps whose rows were all there at `looked`, when they were last looked for, and the
  // beginning of those that go on: else a bus that is away for days would have all of its days
  // looked through every minute.
  void settle(UtcTime looked);

  [[nodiscard]] bool empty() const { return !open_ && gaps_.empty(); }

 private:
  std::optional<Gap> open_;
  std::vector<Gap> gaps_;
};

}  // namespace decnet::worker
