// Whole files, with errors that name the path and the cause.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "decnet/base/error.h"

namespace decnet {

// The bytes of a file; a pipe is none, and is not waited for. Errors: kNotFound, kUnavailable
// (permission, I/O), kInvalid when it is a directory, a pipe or larger than `max_bytes`; every
// message begins with the path.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t max_bytes = std::size_t{256} << 20);

// "<path>: <what the system says about errno value `error`>".
Error system_error(const std::filesystem::path& path, int error);

}  // namespace decnet
