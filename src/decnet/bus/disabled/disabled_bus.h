// The bus that is switched off: publishing succeeds and goes nowhere, nothing is ever delivered.
#pragma once

#include <memory>

#include "decnet/bus/bus.h"

namespace decnet::bus {

std::unique_ptr<Bus> make_disabled_bus();

}  // namespace decnet::bus
