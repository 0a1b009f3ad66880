// MITRE's own form of a release: one JSON bundle of STIX 2.0 or 2.1 objects.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "decnet/attack/catalogue.h"
#include "decnet/base/error.h"

namespace decnet::attack {

// Reads a whole bundle; `file_name` may carry the release (see Catalogue::open).
// Errors: kInvalid (no JSON, cut short, no bundle, no techniques), kUnavailable (out of memory).
Result<std::shared_ptr<const Catalogue>> read_stix_bundle(std::string json,
                                                          std::string_view file_name);

}  // namespace decnet::attack
