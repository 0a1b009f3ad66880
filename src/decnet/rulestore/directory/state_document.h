// A rule's state as a JSON text, and the name of the file that holds it.
#pragma once

#include <string>
#include <string_view>

#include "decnet/base/error.h"
#include "decnet/rules/state.h"

namespace decnet::rulestore {

struct StateDocument {
  RuleId rule;
  rules::State state;
  friend bool operator==(const StateDocument&, const StateDocument&) = default;
};

// {"rule_id":"R1","state":"disabled","confidence_max":null,"expires_at":"…","reason":"…",
//  "set_by":"…","set_at":"…"}
std::string to_json(const StateDocument& document);

// Keys that it does not know are ignored; all but rule_id and state may be missing or null.
// Errors: kInvalid, naming the key.
Result<StateDocument> read_state(std::string_view json);

// A file name of its own for any rule id, the id itself where that is harmless: "R0042.json",
// "a%2Fb.json".
std::string state_file_name(const RuleId& rule);

}  // namespace decnet::rulestore
