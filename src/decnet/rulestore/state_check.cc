#include "decnet/rulestore/state_check.h"

#include <fmt/format.h>

#include "decnet/base/utf8.h"

namespace decnet::rulestore {
namespace {

std::string text_flaw(std::string_view what, const std::string& text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return fmt::format("{}: {} bytes, at most {} are kept", what, text.size(), max_bytes);
  }
  if (!is_valid_utf8(text)) return fmt::format("{}: is no UTF-8", what);
  if (printable(text) != text) return fmt::format("{}: has a control character", what);
  return {};
}

}  // namespace

std::string flaw_of(const rules::State& state) {
  // Written so that not-a-number is outside too.
  if (state.confidence_max && !(*state.confidence_max >= 0.0 && *state.confidence_max <= 1.0)) {
    return fmt::format("confidence_max: {} is not between 0 and 1", *state.confidence_max);
  }
  return {};
}

Result<rules::State> stamped(const RuleId& rule, rules::State state, UtcTime now) {
  if (rule.empty()) return fail(ErrorCode::kInvalid, "rule_id: is empty");
  for (const std::string& flaw : {text_flaw("rule_id", rule.text(), kMaxRuleIdBytes),
                                  flaw_of(state), text_flaw("reason", state.reason, kMaxNoteBytes),
                                  text_flaw("set_by", state.set_by, kMaxNoteBytes)}) {
    if (!flaw.empty()) return fail(ErrorCode::kInvalid, flaw);
  }
  if (state.expired(now)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("expires_at: {} is past", to_iso_text(*state.expires_at)));
  }
  state.set_at = now;
  return state;
}

}  // namespace decnet::rulestore
