#include "decnet/geo/customs.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace decnet::geo {
namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
constexpr std::string_view kTimeZones =
#include "time_zones.tsv.inc"
    ;
constexpr std::string_view kLanguages =
#include "country_languages.tsv.inc"
    ;
#pragma GCC diagnostic pop

// Takes what stands before the next `end` off `text`.
std::string_view take(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

struct Tables {
  std::map<std::string_view, int> zones;                              // minutes east of UTC
  std::map<std::string_view, std::set<std::string_view>> used_zones;  // by country
  std::map<std::string_view, std::set<std::string_view>> languages;   // by country
};

const Tables& tables() {
  static const Tables made = [] {
    Tables tables;
    for (std::string_view rest = kTimeZones; !rest.empty();) {
      std::string_view line = take(rest, '\n');
      if (line.empty() || line.front() == '#') continue;
      const std::string_view zone = take(line, '\t');
      tables.zones[zone] = std::atoi(std::string(take(line, '\t')).c_str());
      while (!line.empty()) tables.used_zones[take(line, ',')].insert(zone);
    }
    for (std::string_view rest = kLanguages; !rest.empty();) {
      std::string_view line = take(rest, '\n');
      if (line.empty() || line.front() == '#') continue;
      auto& languages = tables.languages[take(line, '\t')];
      while (!line.empty()) languages.insert(take(line, ','));
    }
    return tables;
  }();
  return made;
}

std::string base_of(std::string_view language) {
  std::string base(language.substr(0, language.find_first_of("-_;")));
  for (char& c : base) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return base;
}

}  // namespace

std::optional<int> hours_away(std::string_view time_zone, std::string_view country) {
  constexpr int kMinutesOfHour = 60;
  const auto zone = tables().zones.find(time_zone);
  const auto used = tables().used_zones.find(country);
  if (zone == tables().zones.end() || used == tables().used_zones.end()) return std::nullopt;
  std::optional<int> nearest;
  for (const std::string_view other : used->second) {
    const int minutes = std::abs(zone->second - tables().zones.at(other));
    nearest = std::min(nearest.value_or(minutes), minutes);
  }
  return *nearest / kMinutesOfHour;
}

std::optional<bool> is_foreign(std::span<const std::string_view> languages,
                               std::string_view country) {
  const auto common = tables().languages.find(country);
  if (common == tables().languages.end() || languages.empty()) return std::nullopt;
  if (base_of(languages.front()) == "en") return false;
  return std::none_of(languages.begin(), languages.end(), [&](std::string_view language) {
    return common->second.find(base_of(language)) != common->second.end();
  });
}

}  // namespace decnet::geo
