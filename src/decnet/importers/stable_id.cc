#include "decnet/importers/stable_id.h"

#include <fmt/format.h>

#include <iterator>

#include "decnet/base/uuid.h"
#include "decnet/model/tag.h"

namespace decnet::importers {

std::string stable_id(std::string_view log, std::initializer_list<std::string_view> parts) {
  std::string name(log);
  for (const std::string_view part : parts) {
    fmt::format_to(std::back_inserter(name), "|{}:{}", part.size(), part);
  }
  return uuid_v5(tag_namespace(), name);
}

std::string instant_part(UtcTime time) {
  return fmt::format_int(time.time_since_epoch().count()).str();
}

}  // namespace decnet::importers
