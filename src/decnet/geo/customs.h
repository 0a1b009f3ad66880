// Customs: what browsers in a country are commonly set to. From built-in tables; of what is not in
// them nothing is concluded.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace decnet::geo {

// How many whole hours lie between an IANA time zone and the nearest zone of a country (ISO 3166),
// both without summer time; 0 where the country uses the zone. Nothing when either is unknown.
std::optional<int> hours_away(std::string_view time_zone, std::string_view country);

// Whether a browser with these languages ("de-DE", "en", in order of preference) is one of
// elsewhere: it prefers another language than English, and none of its languages is common in the
// country. Nothing when the country is unknown or there is no language.
std::optional<bool> is_foreign(std::span<const std::string_view> languages,
                               std::string_view country);

}  // namespace decnet::geo
