#include "decnet/importers/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace decnet::importers {

std::optional<std::string> canonical_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool is_v6 = text.find(':') != std::string_view::npos;
  if (is_v6) text = text.substr(0, text.find('%'));
  if (text.size() >= buffer.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::copy(text.begin(), text.end(), buffer.begin());
  if (!is_v6) {
    in_addr v4{};
    if (inet_pton(AF_INET, buffer.data(), &v4) != 1) return std::nullopt;
    return std::string(text);  // inet_pton() takes no other spelling
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, buffer.data(), &v6) != 1) return std::nullopt;
  const char* written = IN6_IS_ADDR_V4MAPPED(&v6)
                            ? inet_ntop(AF_INET, &v6.s6_addr[12], buffer.data(), buffer.size())
                            : inet_ntop(AF_INET6, &v6, buffer.data(), buffer.size());
  return std::string(written);
}

}  // namespace decnet::importers
