// Explanation: what the rules say about one event, and why; for a person and for a program.
#pragma once

#include <string>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/cli/detection.h"
#include "decnet/cli/terminal.h"
#include "decnet/model/event.h"
#include "decnet/model/tag.h"
#include "decnet/rules/rule_set.h"

namespace decnet::cli {

struct Explanation {
  Event event;
  std::vector<Tag> tags;               // as they would be stored
  std::vector<rules::Match> matches;   // where pattern rules matched
  std::vector<std::string> exhausted;  // rules whose budget ran out: neither match nor mismatch
  std::vector<RuleId> silenced;        // rules that match and that an operator disabled
};

Explanation explain(const Event& event, const Detection& detection);

// For a person: rule by rule, the matched text marked. No byte of the event reaches a terminal
// unescaped.
std::string as_text(const Explanation& explanation, const Detection& detection,
                    const Terminal& terminal);

// {"kind", "text", "attack_release", "tags": […], "matches": […], "exhausted": […],
// "silenced": […]}; the layer of a match is "raw" when the payload's own text matched.
Json as_json(const Explanation& explanation, const Detection& detection);

}  // namespace decnet::cli
