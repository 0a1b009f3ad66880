// The bus inside one process, for tests and for programs that are their own only subscriber.
// A publisher hears itself.
#pragma once

#include <memory>

#include "decnet/bus/bus.h"

namespace decnet::bus {

std::unique_ptr<Bus> make_memory_bus();

}  // namespace decnet::bus
