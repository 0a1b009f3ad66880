// LiveSystem: the processes around a live worker, real ones: the broker, a NATS server with a
// store, the worker itself; and a client of the UNIX socket bus that shares no code with the
// program.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/process.h"

namespace decnet::test {

// Long enough for a loaded machine and a sanitizer's build: when it is over, it never comes.
inline constexpr std::chrono::seconds kLongEnough{180};

// Asks again and again until `condition` holds; false when it did not in all that time.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds time = kLongEnough);

// A TCP port of this machine that nobody had a moment ago.
std::uint16_t free_port();

// The body of http://127.0.0.1:<port>/metrics; empty when nobody answers.
std::string scrape(std::uint16_t port);
// The value of a metric without labels in such a text; -1 when it is not there.
std::int64_t metric(const std::string& text, std::string_view name);

// A program whose standard error goes to a file, where it cannot block.
class Daemon {
 public:
  // The first argument is the program.
  Daemon(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
         std::filesystem::path errors);

  [[nodiscard]] Process& process() { return process_; }
  [[nodiscard]] bool is_running() const { return process_.is_running(); }
  // What it said on standard error so far.
  [[nodiscard]] std::string errors() const;
  // Sends the signal and waits for the end.
  Finished end(int signal);

 private:
  std::filesystem::path errors_;
  Process process_;
};

// nats-server with JetStream on a port of 127.0.0.1, its store in a directory; returns when it
// accepts connections.
std::unique_ptr<Daemon> start_nats(std::uint16_t port, const std::filesystem::path& directory);
// `decnet bus`; returns when it accepts connections.
std::unique_ptr<Daemon> start_broker(const std::filesystem::path& socket,
                                     const std::filesystem::path& directory);

// A client of the UNIX socket bus, made after the protocol's description. Its subscriptions are in
// force when the constructor returns.
class BusClient {
 public:
  struct Event {
    std::string topic;
    std::string body;
  };
  BusClient(const std::filesystem::path& socket, const std::vector<std::string>& patterns);
  BusClient(const BusClient&) = delete;
  BusClient& operator=(const BusClient&) = delete;
  ~BusClient();

  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  // False when the broker is gone.
  bool publish(std::string_view topic, std::string_view body);
  bool send_raw(std::string_view bytes);
  // What came; nothing when nothing comes in that time.
  std::optional<Event> next(std::chrono::milliseconds time = kLongEnough);
  // The next event of that topic; others are passed over.
  std::optional<Event> next_of(std::string_view topic,
                               std::chrono::milliseconds time = kLongEnough);

 private:
  bool send(std::string_view header, std::string_view body);

  int socket_ = -1;
  std::string received_;
  std::size_t begin_ = 0;  // bytes of received_ before it were handed out
};

// The body of an event: an envelope around a payload, with an id of that text.
std::string envelope(std::string_view topic, std::string_view type, std::string_view payload,
                     std::string_view id);

}  // namespace decnet::test
