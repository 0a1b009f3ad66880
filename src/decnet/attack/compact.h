// The compact text form of a catalogue, which scripts/make-attack-catalogue writes and the program
// carries. Its rows are described in the head of data/v19.inc.
#pragma once

#include <memory>
#include <string_view>

#include "decnet/attack/catalogue.h"
#include "decnet/base/error.h"

namespace decnet::attack {

// Errors: kInvalid, "line N: …".
Result<std::shared_ptr<const Catalogue>> read_compact(std::string_view text);

}  // namespace decnet::attack
