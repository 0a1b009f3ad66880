// The gate: commands that touch the master's database are refused on an agent.
#pragma once

#include <string>
#include <string_view>

#include "decnet/config/config.h"

namespace decnet::cli {

// Whether the command of that name, "ttp-summary" or "db init", may run here.
bool is_allowed(std::string_view command, const config::Config& config);

// What is said instead of running it.
std::string refusal(std::string_view command);

}  // namespace decnet::cli
