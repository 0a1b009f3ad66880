// ServiceManager: tells systemd how a service is doing (the protocol of sd_notify(3)): ready,
// alive, reloading, stopping. Without a NOTIFY_SOCKET in the environment every call does nothing.
//
// Never waits, unlike libsystemd's own function: what a busy service manager does not take is told
// at the next call, in order.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <deque>
#include <string>

namespace decnet::cli {

class ServiceManager {
 public:
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  void ready();
  // To be called around a reload; before ready() they say nothing.
  void reloading();
  void reloaded();
  // Says so once; from then on the service is neither ready nor reloading.
  void stopping();
  // One line for people; told when it is another one than before.
  void status(const std::string& line);
  // Pings the watchdog, as often as WATCHDOG_USEC asks for; call it more often than that. Not
  // calling it is how a stuck service is found out.
  void alive();

 private:
  [[nodiscard]] bool send(const std::string& message) const;
  void say(std::string message);
  bool say_unsaid();

  std::string address_;
  int socket_ = -1;
  std::chrono::microseconds watchdog_{0};  // 0: nobody watches
  std::chrono::steady_clock::time_point last_ping_;
  std::deque<std::string> unsaid_;  // what must not get lost
  std::string status_;
  bool ready_ = false;
  bool stopping_ = false;
};

}  // namespace decnet::cli
