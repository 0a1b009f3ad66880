// Standard input as one text.
#pragma once

#include <cstddef>
#include <string>

#include "decnet/base/error.h"

namespace decnet::cli {

// All of it. Errors: kUnavailable when it cannot be read; kInvalid when it is larger.
Result<std::string> read_standard_input(std::size_t max_bytes);

}  // namespace decnet::cli
