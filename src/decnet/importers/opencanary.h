// OpenCanary: reads the log of an OpenCanary honeypot (JSON, a line an event) into observations of
// attackers. docs/importers.md has the format, field by field.
#pragma once

#include "decnet/importers/import.h"

namespace decnet::importers {

// A reader for one log. It remembers nothing: each line says everything.
LineReader opencanary_reader();

}  // namespace decnet::importers
