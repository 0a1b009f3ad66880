#include "decnet/cli/open_bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "decnet/base/utf8.h"
#include "decnet/bus/disabled/disabled_bus.h"
#include "decnet/bus/memory/memory_bus.h"
#include "decnet/bus/nats/nats_bus.h"
#include "decnet/bus/unix/socket.h"
#include "decnet/bus/unix/unix_bus.h"

namespace decnet::cli {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Result<std::unique_ptr<bus::Bus>> open_nats(const config::Config& config, std::string name) {
  bus::NatsBusOptions options;
  options.client_name = std::move(name);
  options.url = config.text("DECNET_BUS_URL");
  options.prefix = config.text("DECNET_NATS_PREFIX");
  options.create_streams = lower(config.text("DECNET_NATS_CREATE")) != "false";
  options.credentials = config.text("DECNET_NATS_CREDENTIALS");
  options.ca = config.text("DECNET_NATS_CA");
  options.certificate = config.text("DECNET_NATS_CERTIFICATE");
  options.key = config.text("DECNET_NATS_KEY");
  return bus::open_nats_bus(std::move(options));
}

Result<std::unique_ptr<bus::Bus>> open_unix(const config::Config& config, std::string name,
                                            const std::filesystem::path& spool) {
  bus::UnixBusOptions options;
  options.socket = bus::resolve_socket(config.text("DECNET_BUS_SOCKET"));
  options.client_name = std::move(name);
  options.spool = spool;
  if (const std::string count = config.text("DECNET_BUS_QUEUE"); !count.empty()) {
    const char* const end = count.data() + count.size();
    const auto read = std::from_chars(count.data(), end, options.queue.count);
    if (read.ec != std::errc() || read.ptr != end || options.queue.count == 0) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("DECNET_BUS_QUEUE is '{}'; expected a number of events, at least 1",
                              printable(count)));
    }
  }
  return bus::open_unix_bus(std::move(options));
}

}  // namespace

Result<std::unique_ptr<bus::Bus>> open_bus(const config::Config& config, std::string client_name,
                                           const std::filesystem::path& spool) {
  if (lower(config.text("DECNET_BUS_ENABLED")) == "false") return bus::make_disabled_bus();
  const std::string type = lower(config.text("DECNET_BUS_TYPE"));
  if (type == "unix") return open_unix(config, std::move(client_name), spool);
  if (type == "nats") return open_nats(config, std::move(client_name));
  if (type == "memory" || type == "fake") return bus::make_memory_bus();
  return fail(ErrorCode::kInvalid,
              fmt::format("DECNET_BUS_TYPE is '{}'; expected unix, nats or memory",
                          printable(config.text("DECNET_BUS_TYPE"))));
}

}  // namespace decnet::cli
