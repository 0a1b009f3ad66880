// MatchMemo: what one rule set found in events it has seen. The tools of attackers type the same
// lines in thousands of sessions; what was found in one is found again without analysing the
// command or searching a pattern.
//
// Memory:  at most kMaxEntries of kMaxEntryBytes, for each kind of events that has one, in each
//          set that is in use; of what is longer nothing is kept. What was not
//          asked for longest gives way, among the few that share a place: whoever sends nothing
//          but new texts makes others pay what they would pay without a memo, not more.
// Threads: any number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/rules/rule_set.h"

namespace decnet::rules {

class MatchMemo {
 public:
  static constexpr std::size_t kMaxEntries = 8192;
  static constexpr std::size_t kMaxEntryBytes = 4096;

  struct Found {
    std::vector<Match> matches;          // no state laid over them
    std::vector<std::size_t> exhausted;  // rules whose budget ran out, once for each text
  };

  // What was kept for `seen`, or null. `seen` is all that the search reads of an event.
  std::shared_ptr<const Found> find(std::string_view seen);

  void keep(std::string_view seen, std::shared_ptr<const Found> found);

 private:
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kPlaces = kMaxEntries / kWays / kShards;  // in a shard

  struct Entry {
    std::string seen;
    std::shared_ptr<const Found> found;
  };
  using Place = std::array<Entry, kWays>;  // the one asked for last comes first
  struct Shard {
    std::mutex mutex;
    std::vector<Place> places;  // none before something is kept
  };

  std::array<Shard, kShards> shards_;
};

}  // namespace decnet::rules
