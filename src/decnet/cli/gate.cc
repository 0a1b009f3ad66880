#include "decnet/cli/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace decnet::cli {
namespace {

// Every command that touches the master's database or bus, by its first word.
constexpr std::array<std::string_view, 7> kMasterOnly = {
    "db", "import", "ttp", "ttp-backfill", "ttp-deadletters", "ttp-rules", "ttp-summary"};

std::string_view first_word(std::string_view command) {
  return command.substr(0, command.find(' '));
}

}  // namespace

bool is_allowed(std::string_view command, const config::Config& config) {
  const bool gated =
      std::find(kMasterOnly.begin(), kMasterOnly.end(), first_word(command)) != kMasterOnly.end();
  return !gated || config.master_commands_allowed();
}

std::string refusal(std::string_view command) {
  return fmt::format(
      "`decnet {}` is a master-only command; this host is configured as an agent "
      "(DECNET_MODE=agent).",
      command);
}

}  // namespace decnet::cli
