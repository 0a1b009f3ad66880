// The program: every command, in the order --help shows them.
#include <array>
#include <string>
#include <vector>

#include "decnet/cli/commands.h"

namespace {

using decnet::cli::Row;

constexpr std::array kCommands = {
    Row{"config", "shows each setting and where it came from", decnet::cli::config_command},
};

}  // namespace

int main(int argc, char** argv) {
  return decnet::cli::run_program(kCommands, std::vector<std::string>(argv + 1, argv + argc));
}
