// Stable ids: what a log says has the same id in whatever file, and however often, it is read.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "decnet/base/clock.h"

namespace decnet::importers {

// The UUIDv5, in the namespace of tag uuids, of "<log>|<bytes>:<part>|…": each part with its
// length, so that no text can pass for its neighbour's.
std::string stable_id(std::string_view log, std::initializer_list<std::string_view> parts);

// An instant as a part: microseconds since 1970.
std::string instant_part(UtcTime time);

}  // namespace decnet::importers
