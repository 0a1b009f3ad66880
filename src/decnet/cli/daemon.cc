#include "decnet/cli/daemon.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "decnet/base/file.h"

namespace decnet::cli {
namespace {

// The parent's buffers were flushed before, so that they are not written twice.
Result<void> fork_and_leave() {
  const pid_t child = ::fork();
  if (child < 0) return fail(system_error("fork", errno));
  if (child > 0) ::_exit(0);
  return {};
}

}  // namespace

Result<void> detach() {
  (void)std::fflush(nullptr);
  DECNET_CHECK(fork_and_leave());
  if (::setsid() < 0) return fail(system_error("setsid", errno));
  DECNET_CHECK(fork_and_leave());
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return fail(system_error("/dev/null", errno));
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(null, descriptor) < 0) return fail(system_error("/dev/null", errno));
  }
  if (null > STDERR_FILENO) ::close(null);
  return {};
}

void outlive_failed_writes() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace decnet::cli
