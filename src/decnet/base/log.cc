#include "decnet/base/log.h"

#include <fmt/format.h>

#include <cstdio>

#include "decnet/base/utf8.h"

namespace decnet::log {

void start(const Settings&) {}
void stop() {}
void write(Level level, std::string_view component, std::string_view message) {
  if (level < Level::kWarning) return;
  fmt::print(stderr, "{}: {}\n", component, printable(message));
}

}  // namespace decnet::log
