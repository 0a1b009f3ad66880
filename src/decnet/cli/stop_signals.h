// StopSignals: while it lives, the first SIGINT or SIGTERM does not end the program but is
// remembered, so that a command can finish what it has begun. A second one ends it at once.
#pragma once

#include <csignal>

namespace decnet::cli {

class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();  // both act again as before

  // The signal that asked to stop, or 0.
  [[nodiscard]] int received() const;

 private:
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
};

}  // namespace decnet::cli
