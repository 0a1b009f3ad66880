#include "decnet/cli/stop_signals.h"

#include <atomic>

namespace decnet::cli {
namespace {

std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "it is set in a signal handler");

extern "C" void remember_signal(int number) { received_signal.store(number); }

}  // namespace

StopSignals::StopSignals() {
  received_signal.store(0);
  struct sigaction action {};
  action.sa_handler = remember_signal;
  // SA_RESETHAND: the second one finds the default action. No SA_RESTART: a read that waits for
  // input comes back, and the command can look.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &interrupt_before_);
  sigaction(SIGTERM, &action, &terminate_before_);
}

StopSignals::~StopSignals() {
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
}

int StopSignals::received() const { return received_signal.load(); }

}  // namespace decnet::cli
