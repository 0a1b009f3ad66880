// Whole files, with errors that name the path and the cause.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "decnet/base/error.h"

namespace decnet {

// What a path is that leads to a pipe: no file, or one whose writer is waited for, as long as he
// takes. Only who named the path himself wants to wait: others may put a pipe in a file's place.
enum class Pipes { kRefused, kAwaited };

// The bytes of a file. Errors: kNotFound, kUnavailable (permission, I/O), kInvalid when it is a
// directory, a pipe that is refused, or larger than `max_bytes`; every message begins with the
// path.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t max_bytes = std::size_t{256} << 20,
                              Pipes pipes = Pipes::kRefused);

// "<path>: <what the system says about errno value `error`>".
Error system_error(const std::filesystem::path& path, int error);

}  // namespace decnet
