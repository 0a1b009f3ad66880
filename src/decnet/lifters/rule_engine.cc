// rule_engine.cc: the generic tagger: every pattern rule, on every kind.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "decnet/lifters/evidence.h"
#include "decnet/lifters/lifter.h"

namespace decnet::lifters {
namespace {

// Pattern rules are evaluated for every known kind, where the kind's allow-list binds them.
constexpr std::array<SourceKind, kSourceKindNames.size()> kKinds = [] {
  std::array<SourceKind, kSourceKindNames.size()> kinds{};
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = static_cast<SourceKind>(i);
  return kinds;
}();

// The text that matched says nothing new where the rule keeps the whole text anyway. Elsewhere the
// author may have left the field out for good reason, so it stays out.
bool keeps_text(const Event& event, const rules::Match& match) {
  const auto& fields = match.rule->definition.evidence_fields;
  const std::string_view key = rules::payload_key(event.source_kind, match.field);
  return std::find(fields.begin(), fields.end(), key) != fields.end() &&
         may_keep(event.source_kind, *match.rule, key);
}

// `ts` is when the event happened, if it says so.
Json evidence_of(const Event& event, const rules::Match& match,
                 const std::optional<std::string>& ts) {
  Evidence evidence;
  for (const std::string& key : match.rule->definition.evidence_fields) {
    evidence.copy(event.payload, key);
  }
  if (event.source_kind == to_string(SourceKind::kCommand)) {
    for (const std::string_view key : {"uid", "user", "src", "pwd"}) {
      evidence.copy(event.payload, key);
    }
  }
  if (is_restricted(event.source_kind, *match.rule)) return evidence.take();
  if (keeps_text(event, match) && !match.matched.empty()) evidence.set("matched", match.matched);
  if (!match.layer.empty()) evidence.set("layer", match.layer);
  if (match.truncated) evidence.set("evaluation_truncated", true);
  evidence.mark_truncated();
  if (ts) evidence.set("ts", *ts);
  return evidence.take();
}

void lift(const Lifting& lifting) {
  const auto matches = lifting.states == nullptr
                           ? lifting.rules.match(lifting.event)
                           : lifting.rules.match(lifting.event, *lifting.states, lifting.now);
  if (matches.empty()) return;
  const auto time = event_time(lifting.event.payload);
  const auto ts = time ? std::optional(to_iso_text(*time)) : std::nullopt;
  for (const rules::Match& match : matches) {
    if (match.silenced) {
      lifting.withhold(*match.rule);
    } else {
      lifting.fire(*match.rule, evidence_of(lifting.event, match, ts));
    }
  }
}

}  // namespace

Lifter rule_engine() { return {"rule_engine", kKinds, lift}; }

}  // namespace decnet::lifters
