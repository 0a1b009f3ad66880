// Who types the command, for what is kept of it.
#pragma once

#include <string>

namespace decnet::cli {

// The user name, behind sudo that of whoever called it; the user's number where it has no name. One
// harmless line of at most 64 bytes.
std::string operator_name();

}  // namespace decnet::cli
