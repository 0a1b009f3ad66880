#include "decnet/cli/operator_name.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

constexpr std::size_t kMaxBytes = 64;

std::string user_name(uid_t user) {
  std::array<char, 4096> buffer;  // NOLINT: filled by getpwuid_r()
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fmt::format("uid {}", user);
  }
  return entry.pw_name;
}

}  // namespace

std::string operator_name() {
  const uid_t user = getuid();
  const char* behind_sudo = user == 0 ? std::getenv("SUDO_USER") : nullptr;
  const std::string name =
      behind_sudo == nullptr || *behind_sudo == '\0' ? user_name(user) : behind_sudo;
  return std::string(utf8_prefix(printable(name), kMaxBytes));
}

}  // namespace decnet::cli
