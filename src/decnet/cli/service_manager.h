// ServiceManager: tells systemd how a service is doing (sd_notify(3)): ready, alive, reloading,
// stopping. Without a NOTIFY_SOCKET in the environment every call does nothing.
#pragma once

#include <chrono>
#include <string>

namespace decnet::cli {

class ServiceManager {
 public:
  ServiceManager();

  void ready();
  void reloading();
  void stopping();
  void status(const std::string& line);
  // Pings the watchdog, as often as WATCHDOG_USEC asks for; call it more often than that. Not
  // calling it is how a stuck service is found out.
  void alive();

 private:
  std::chrono::microseconds watchdog_{0};  // 0: nobody watches
  std::chrono::steady_clock::time_point last_ping_;
};

}  // namespace decnet::cli
