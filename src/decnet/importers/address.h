// Addresses: one spelling for each IP address, because an attacker is looked up by it, as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace decnet::importers {

// "192.0.2.7" as it is, IPv6 as RFC 5952 writes it, and an IPv4 address mapped into IPv6
// ("::ffff:192.0.2.7", what a dual-stack socket reports) as the IPv4 address it is. An IPv6 zone
// ("%eth0") is left out. Nothing when the text is no address.
std::optional<std::string> canonical_address(std::string_view text);

}  // namespace decnet::importers
