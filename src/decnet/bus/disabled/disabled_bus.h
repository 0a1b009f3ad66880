// The bus that is switched off: publishing succeeds and goes nowhere, nothing is ever delivered.
#pragma once

#include <memory>
#include <string>

#include "decnet/bus/bus.h"

namespace decnet::bus {

// `why` is what state() says of it; empty: it was asked for.
std::unique_ptr<Bus> make_disabled_bus(std::string why = {});

}  // namespace decnet::bus
