// Every command of the program, each made in the file of its name.
#pragma once

#include <memory>

#include "decnet/cli/command.h"

namespace decnet::cli {

std::unique_ptr<Command> config_command();

}  // namespace decnet::cli
