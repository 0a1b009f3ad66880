#include <array>

#include "decnet/config/config.h"

namespace decnet::config {
namespace {

constexpr std::string_view kMask = "***";

// Masks what stands between the first ':' after the scheme and the last '@': passwords that should
// have been percent-encoded but were not are masked whole, too.
void mask_user_password(std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  const auto at = url.rfind('@');
  const auto colon = url.find(':', begin);
  if (at == std::string::npos || colon == std::string::npos || colon > at) return;
  url.replace(colon + 1, at - colon - 1, kMask);
}

void mask_parameters(std::string& url) {
  for (const std::string_view name : std::array{"password=", "passwd=", "pwd="}) {
    for (auto found = url.find(name); found != std::string::npos; found = url.find(name, found)) {
      found += name.size();
      const auto end = url.find_first_of("&;#", found);
      url.replace(found, (end == std::string::npos ? url.size() : end) - found, kMask);
    }
  }
}

}  // namespace

std::string shown(const Variable& variable, std::string_view value) {
  std::string text(value);
  if (text.empty()) return text;
  switch (variable.secrecy) {
    case Secrecy::kOpen:
      break;
    case Secrecy::kSecret:
      return std::string(kMask);
    case Secrecy::kUrl:
      mask_user_password(text);
      mask_parameters(text);
      break;
  }
  return text;
}

}  // namespace decnet::config
