// Detaching into the background.
#pragma once

#include "decnet/base/error.h"

namespace decnet::cli {

// Forks twice with a new session in between; standard input, output and error become /dev/null. No
// PID file, no change of directory or umask. Only the grandchild returns; the others exit 0. To be
// called before there are threads.
Result<void> detach();

}  // namespace decnet::cli
