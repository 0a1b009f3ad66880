#include "decnet/cli/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>

#include "decnet/base/utf8.h"

namespace decnet::cli {

ServiceManager::ServiceManager() {
  std::uint64_t period = 0;
  if (sd_watchdog_enabled(0, &period) > 0) watchdog_ = std::chrono::microseconds(period);
}

void ServiceManager::ready() { sd_notify(0, "READY=1"); }

void ServiceManager::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
             static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

void ServiceManager::stopping() { sd_notify(0, "STOPPING=1"); }

void ServiceManager::status(const std::string& line) {
  sd_notifyf(0, "STATUS=%s", printable(line).c_str());
}

void ServiceManager::alive() {
  if (watchdog_.count() == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ping_ < watchdog_ / 3) return;
  last_ping_ = now;
  sd_notify(0, "WATCHDOG=1");
}

}  // namespace decnet::cli
