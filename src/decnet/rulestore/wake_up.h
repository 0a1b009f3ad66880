// WakeUp: sleep that ends when a descriptor can be read, or when another thread says so. Out of
// descriptors it still works, a tenth of a second late.
#pragma once

#include <atomic>
#include <chrono>
#include <initializer_list>

namespace decnet::rulestore {

class WakeUp {
 public:
  WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp();

  // Ends the sleep() under way, or else the next one. Threads: any.
  void signal();

  enum class Reason { kTime, kReadable, kSignal };
  // At most `time`. Descriptors below 0 are left out.
  Reason sleep(std::chrono::nanoseconds time, std::initializer_list<int> descriptors = {});

 private:
  const int event_;
  std::atomic<bool> is_signalled_ = false;
};

}  // namespace decnet::rulestore
