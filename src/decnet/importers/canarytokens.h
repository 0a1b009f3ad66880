// Canarytokens: reads alerts of canary tokens (the JSON that canarytokens.org and servers like it
// send to a webhook, or give as a token's history), a line an alert or a token, into canary
// triggers. docs/importers.md has the format.
#pragma once

#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/importers/import.h"
#include "decnet/storage/observations.h"

namespace decnet::importers {

struct CanaryAlert {
  std::string ip;  // canonical_address()
  storage::ObservedTrigger trigger;
};

// The alerts of one line: one, or those of a history. None: readable, but no alert with an address.
// Error: the reason why the line is damaged. Pure.
Result<std::vector<CanaryAlert>> read_canarytokens_line(std::string_view line);

LineReader canarytokens_reader();

}  // namespace decnet::importers
