// The bus the settings name, for every command that needs one.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/bus/bus.h"
#include "decnet/config/config.h"

namespace decnet::cli {

// The settings open_bus() reads, for --help.
inline constexpr std::array<std::string_view, 10> kBusSettings = {
    "DECNET_BUS_ENABLED",      "DECNET_BUS_TYPE",    "DECNET_BUS_SOCKET",       "DECNET_BUS_URL",
    "DECNET_NATS_PREFIX",      "DECNET_NATS_CREATE", "DECNET_NATS_CREDENTIALS", "DECNET_NATS_CA",
    "DECNET_NATS_CERTIFICATE", "DECNET_NATS_KEY"};

// Starts to connect; a peer that is not there yet is awaited. Where a transport keeps nothing, what
// memory has no room for goes below `spool` (empty: nowhere). Errors: kInvalid for an unknown
// DECNET_BUS_TYPE and for options the transport refuses.
Result<std::unique_ptr<bus::Bus>> open_bus(const config::Config& config, std::string client_name,
                                           const std::filesystem::path& spool);

}  // namespace decnet::cli
