// A script as one line, for tests to compare: what belongs together is in brackets.
#pragma once

#include <string>

#include "decnet/shell/syntax.h"

namespace decnet::shell::syntax {

// Words stand without their quotes, each in […]; expansions as <parameter>, $(…), $((…)); groups as
// {…}, (…), if{…}; what joins commands as in the shell.
std::string outline(const Script& script);

}  // namespace decnet::shell::syntax
