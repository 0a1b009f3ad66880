// decnet bus: the broker of the UNIX socket bus.
#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"
#include "decnet/bus/unix/broker.h"
#include "decnet/bus/unix/socket.h"
#include "decnet/cli/commands.h"
#include "decnet/cli/daemon.h"
#include "decnet/cli/service_manager.h"
#include "decnet/cli/stop_signals.h"

namespace decnet::cli {
namespace {

// Between two words about how many events there were.
constexpr std::chrono::seconds kStatusPause{1};

// Looks for a signal while the broker serves, and tells it.
class SignalWatch {
 public:
  SignalWatch(const StopSignals& signals, bus::Broker& broker)
      : thread_([this, &signals, &broker] {
          std::unique_lock lock(mutex_);
          while (!done_ && signals.received() == 0) {
            changed_.wait_for(lock, std::chrono::milliseconds(100));
          }
          broker.stop();
        }) {}
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

std::string status_line(const bus::BrokerCounters& c) {
  return fmt::format("{} connections, {} events published, {} delivered, {} dropped", c.connections,
                     c.published, c.delivered, c.dropped);
}

class BusBroker : public Command {
 public:
  [[nodiscard]] Manual manual() const override {
    return {
        .description =
            "Runs the broker of the UNIX socket bus, until Ctrl+C or SIGTERM. Events are "
            "delivered at most once and kept nowhere; a subscriber that is too slow loses its "
            "oldest ones, which are counted in system.bus.health, and so do the slowest when more "
            "than 256 MiB wait for all of them together. Peers that send half a frame, or take "
            "nothing for a minute, are ended.\n\n"
            "The socket's directory must exist, but is made when it lies below the home "
            "directory. A socket that another broker serves is left alone; one that somebody "
            "removes is made again.",
        .environment = {"DECNET_BUS_SOCKET", "DECNET_SYSTEM_LOGS"},
        .examples = {{"decnet bus", "on the usual socket"},
                     {"decnet bus --socket /tmp/bus.sock --group staff", "on another one"}},
        .success = "stopped by Ctrl+C or SIGTERM",
        .failure = "the socket cannot be had, or was taken by another program"};
  }

  [[nodiscard]] log::Level shown_level() const override { return log::Level::kInfo; }

  void declare(Options& options) override {
    options.setting("--socket,-s", "PATH", "DECNET_BUS_SOCKET",
                    "The socket; default: /run/decnet/bus.sock where that may be written, else "
                    "~/.decnet/bus.sock.");
    options.text("--group,-g", "NAME", group_, "The group that owns the socket, if there is one.");
    options.integer("--heartbeat,-H", "S", heartbeat_, 1, 86400,
                    "Seconds between two system.bus.health events.");
    options.flag("--daemon,-d", daemon_, "Detaches into the background.");
  }

  int run(Context& context) override {
    outlive_failed_writes();
    if (daemon_) {
      if (const auto detached = detach(); !detached) return context.failed(detached.error());
    }
    const StopSignals signals;
    bus::BrokerOptions options;
    options.socket = bus::resolve_socket(context.config.text("DECNET_BUS_SOCKET"));
    options.group = group_.value_or("");
    options.heartbeat = std::chrono::seconds(*heartbeat_);
    const std::string path = options.socket.string();
    ServiceManager manager;
    const bus::Broker* serving = nullptr;
    options.every_turn = [&, next = std::chrono::steady_clock::time_point()]() mutable {
      manager.alive();
      if (signals.received() != 0) manager.stopping();
      const auto now = std::chrono::steady_clock::now();
      if (now < next) return;
      next = now + kStatusPause;
      manager.status(status_line(serving->counters()));
    };
    auto broker = bus::Broker::open(std::move(options));
    if (!broker) return context.failed(broker.error());
    context.out.line(
        fmt::format("Bus starting (socket: {}, heartbeat: {}s)", printable(path), *heartbeat_));
    if (const auto shown = context.out.flush(); !shown) return context.failed(shown.error());
    log::info("bus.worker", fmt::format("serving {}", path));

    serving = broker->get();
    manager.ready();
    Result<void> served;
    {
      const SignalWatch watch(signals, **broker);
      served = (*broker)->run();
    }
    manager.stopping();
    if (!served) return context.failed(served.error());
    if (signals.received() == SIGINT) {
      context.out.line("");
      context.out.line(context.out.styled(Style::kYellow, "Bus stopped."));
    }
    return kSuccess;
  }

 private:
  std::optional<std::string> group_ = "decnet";
  std::optional<std::int64_t> heartbeat_ = 10;
  bool daemon_ = false;
};

}  // namespace

std::unique_ptr<Command> bus_broker() { return std::make_unique<BusBroker>(); }

}  // namespace decnet::cli
