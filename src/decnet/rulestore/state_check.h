// What a state must be to be stored, by either store.
#pragma once

#include "decnet/base/error.h"
#include "decnet/rules/state.h"

namespace decnet::rulestore {

inline constexpr std::size_t kMaxRuleIdBytes = 255;  // as a text column of the database holds
inline constexpr std::size_t kMaxNoteBytes = 255;    // reason and set_by

// The state as it is to be stored, stamped with `now`.
// Errors: kInvalid, saying what is wrong: no rule id, a text that is too long or no line of UTF-8,
// a
//         ceiling outside 0 to 1, an end that is past.
Result<rules::State> stamped(const RuleId& rule, rules::State state, UtcTime now);

// What is wrong with the values of a state that somebody else stored; empty when nothing is.
std::string flaw_of(const rules::State& state);

}  // namespace decnet::rulestore
