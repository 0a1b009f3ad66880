// What commands do that run for months: detaching into the background, outliving their readers.
#pragma once

#include "decnet/base/error.h"

namespace decnet::cli {

// Forks twice with a new session in between; standard input, output and error become /dev/null. No
// PID file, no change of directory or umask. Only the grandchild returns; the others exit 0. To be
// called before there are threads.
Result<void> detach();

// From now on a reader of our output that is gone, and a file that reaches the process's limit, are
// errors of the write which meets them, as a full disk is: by default each would end the process.
void outlive_failed_writes();

}  // namespace decnet::cli
