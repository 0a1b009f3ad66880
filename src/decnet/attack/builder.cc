#include "decnet/attack/builder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

namespace decnet::attack {
namespace {

constexpr std::size_t kMinDigits = 4;
constexpr std::size_t kMaxDigits = 5;  // MITRE is at T1691; leave room for the tenfold
constexpr std::size_t kSubDigits = 3;

bool is_number(std::string_view text, std::size_t min_digits, std::size_t max_digits) {
  return text.size() >= min_digits && text.size() <= max_digits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_id(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) && is_number(text.substr(prefix.size()), kMinDigits, kMaxDigits);
}

int domain_rank(const Tactic& tactic) {
  if (tactic.domain == "enterprise") return 0;
  return tactic.domain == "ics" ? 1 : 2;
}

// Where in its vector each id is. Thousands of uses are looked up at start: a binary search over
// strings took two thirds of it.
using Index = std::unordered_map<std::string_view, std::uint32_t>;

template <typename T>
Index index_of(const std::vector<T>& things) {
  Index index;
  index.reserve(things.size());
  for (const T& thing : things) index.emplace(thing.id, static_cast<std::uint32_t>(index.size()));
  return index;
}

template <typename T>
void keep_first_of_each_id(std::vector<T>& sorted) {
  const auto repeated = std::ranges::unique(sorted, {}, &T::id);
  sorted.erase(repeated.begin(), repeated.end());
}

// Walks each chain of successors once; a walk that meets itself drops the link that closed the
// ring.
void cut_rings(std::vector<Technique>& techniques, const Index& index) {
  std::vector<std::size_t> walked_by(techniques.size(), 0);
  for (std::size_t start = 0; start < techniques.size(); ++start) {
    for (std::size_t at = start; walked_by[at] == 0;) {
      walked_by[at] = start + 1;
      const auto next = index.find(techniques[at].successor);
      if (next == index.end()) break;
      if (walked_by[next->second] == start + 1) techniques[at].successor.clear();
      at = next->second;
    }
  }
}

}  // namespace

bool is_technique_id(std::string_view text) {
  const std::size_t dot = text.find('.');
  return is_id(text.substr(0, dot), "T") &&
         (dot == text.npos || is_number(text.substr(dot + 1), kSubDigits, kSubDigits));
}
bool is_tactic_id(std::string_view text) { return is_id(text, "TA"); }
bool is_group_id(std::string_view text) { return is_id(text, "G"); }

std::shared_ptr<const Catalogue> CatalogueBuilder::build() && {
  std::ranges::stable_sort(techniques_, {}, [](const Technique& t) {
    return std::pair<std::string_view, bool>(t.id, t.revoked || t.deprecated);
  });
  keep_first_of_each_id(techniques_);
  for (Technique& technique : techniques_) {
    const std::size_t dot = technique.id.find('.');
    technique.parent = dot == std::string::npos ? "" : technique.id.substr(0, dot);
  }
  const Index techniques = index_of(techniques_);
  cut_rings(techniques_, techniques);

  std::unordered_set<std::string> seen;
  std::erase_if(tactics_, [&](const Tactic& tactic) { return !seen.insert(tactic.id).second; });
  std::ranges::stable_sort(tactics_, {}, domain_rank);

  std::ranges::stable_sort(groups_, {}, &Group::id);
  keep_first_of_each_id(groups_);

  const Index groups = index_of(groups_);
  std::vector<Catalogue::Use> uses;
  uses.reserve(uses_.size());
  for (const auto& [technique_id, group_id] : uses_) {
    const auto technique = techniques.find(technique_id);
    const auto group = groups.find(group_id);
    if (technique == techniques.end() || group == groups.end()) continue;
    uses.push_back({technique->second, group->second});
  }
  std::ranges::sort(uses);
  const auto repeated = std::ranges::unique(uses);
  uses.erase(repeated.begin(), repeated.end());

  std::shared_ptr<Catalogue> catalogue(new Catalogue());  // its constructor is private
  catalogue->release_ = std::move(release_);
  catalogue->techniques_ = std::move(techniques_);
  catalogue->tactics_ = std::move(tactics_);
  catalogue->groups_ = std::move(groups_);
  catalogue->uses_ = std::move(uses);
  return catalogue;
}

}  // namespace decnet::attack
