// A rule's state in words.
#pragma once

#include <string>

#include "decnet/base/json.h"
#include "decnet/rules/state.h"

namespace decnet::cli {

// "enabled", "disabled until 2026-11-21 23:10", "clipped to 0.5". Times are UTC.
std::string state_text(const rules::State& state);

// The same with who, when and why: "disabled until 2026-11-21 23:10 UTC, by ann since 2026-11-21
// 19:10: misfires on backups". One harmless line.
std::string state_story(const rules::State& state);

// {"state", "confidence_max", "expires_at", "reason", "set_by", "set_at"}; null for what is not
// set.
Json as_json(const rules::State& state);

}  // namespace decnet::cli
