// RateLimit: how often one rule may tag one attacker (or identity) before its tags are withheld for
// a while. For live events only; a replay never limits, so that it fills in what was withheld.
//
// Rate:    `count` at once, and from then on one every `window / count`: over time never more than
//          `count` in a window. Each pair of rule and attacker has tokens of its own.
// Memory:  attackers decide how many pairs there are, so at most `max_pairs` are remembered, some
//          200 bytes each whatever the ids' lengths. The pair that was met longest ago is forgotten
//          first and then has all its tokens again: what is lost under a flood of attackers is the
//          limit, not a tag. Pairs whose tokens are back are forgotten as others are met.
// Clock:   what it decides follows from the calls and the clock alone. A clock that is set back
//          delays a token by one window at most.
// Threads: any number.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/model/suppressed.h"
#include "decnet/model/tag.h"

namespace decnet::tagging {

struct Rate {
  std::uint32_t count = 0;  // from 1 to 1,000,000
  std::chrono::seconds window{};
  friend bool operator==(const Rate&, const Rate&) = default;
};

// "20/60s", "100/5m", "1000/1h"; "off" or nothing for no limit. Errors: kInvalid for anything else,
// a count outside 1–1,000,000 and a window outside one second to a day.
Result<std::optional<Rate>> read_rate(std::string_view text);

class RateLimit {
 public:
  static constexpr std::size_t kMaxPairs = std::size_t{1} << 16;

  // Keeps the clock by reference.
  RateLimit(const Rate& rate, const Clock& clock, std::size_t max_pairs = kMaxPairs);

  // Takes a token of the pair, if there is one.
  bool admit(const RuleId& rule, std::string_view whom);

  // Takes out the tags of rules that may not fire, and returns what was withheld. `tags` are as the
  // tagger gave them; what a rule gives for one event takes one token, and stays or goes together.
  std::vector<Suppressed> limit(std::vector<Tag>& tags);

  [[nodiscard]] std::size_t pairs() const;  // remembered now

 private:
  struct Pair {
    std::string key;
    UtcTime free_at;  // when all its tokens are back
  };
  bool take(Pair& pair, UtcTime now) const;
  void forget(UtcTime now);

  const std::chrono::microseconds window_;
  const std::chrono::microseconds token_;  // how long one takes to come back
  const Clock& clock_;
  const std::size_t max_pairs_;

  mutable std::mutex mutex_;
  std::list<Pair> pairs_;  // the one met last comes first
  std::unordered_map<std::string_view, std::list<Pair>::iterator> by_key_;  // views of Pair::key
};

}  // namespace decnet::tagging
