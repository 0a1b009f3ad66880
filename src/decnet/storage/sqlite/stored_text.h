// What texts of our own tables say. Written by us they always read back; somebody may have edited
// them by hand.
#pragma once

#include <string_view>
#include <utility>

#include "decnet/base/clock.h"
#include "decnet/base/json.h"

namespace decnet::storage::sqlite {

inline UtcTime time_or_epoch(std::string_view text) { return parse_time(text).value_or(UtcTime{}); }

inline Json json_or_text(std::string_view text) {
  auto parsed = Json::parse(text);
  return parsed ? *std::move(parsed) : Json(text);
}

}  // namespace decnet::storage::sqlite
