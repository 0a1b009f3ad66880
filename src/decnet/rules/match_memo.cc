#include "decnet/rules/match_memo.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace decnet::rules {
namespace {

std::size_t bytes_of(std::string_view seen, const MatchMemo::Found& found) {
  std::size_t bytes = seen.size() + found.exhausted.size() * sizeof(std::size_t);
  for (const Match& match : found.matches) {
    bytes += sizeof match + match.matched.size() + match.layer.size() + match.searched.size();
  }
  return bytes;
}

}  // namespace

std::shared_ptr<const MatchMemo::Found> MatchMemo::find(std::string_view seen) {
  if (seen.size() > kMaxEntryBytes) return nullptr;
  const std::size_t hash = std::hash<std::string_view>()(seen);
  Shard& shard = shards_[hash % kShards];
  const std::lock_guard lock(shard.mutex);
  if (shard.places.empty()) return nullptr;
  Place& place = shard.places[hash / kShards % kPlaces];
  const auto entry = std::find_if(place.begin(), place.end(), [seen](const Entry& one) {
    return one.found != nullptr && one.seen == seen;
  });
  if (entry == place.end()) return nullptr;
  std::rotate(place.begin(), entry, entry + 1);
  return place.front().found;
}

void MatchMemo::keep(std::string_view seen, std::shared_ptr<const Found> found) {
  if (bytes_of(seen, *found) > kMaxEntryBytes) return;
  const std::size_t hash = std::hash<std::string_view>()(seen);
  Shard& shard = shards_[hash % kShards];
  const std::lock_guard lock(shard.mutex);
  if (shard.places.empty()) shard.places.resize(kPlaces);
  Place& place = shard.places[hash / kShards % kPlaces];
  std::rotate(place.begin(), place.end() - 1, place.end());
  place.front() = {std::string(seen), std::move(found)};
}

}  // namespace decnet::rules
