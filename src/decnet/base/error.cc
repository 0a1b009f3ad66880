#include "decnet/base/error.h"

#include <fmt/format.h>

namespace decnet {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return "invalid";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

Error Error::in(std::string_view context) const {
  return {code, fmt::format("{}: {}", context, message)};
}

}  // namespace decnet
