#include "decnet/cli/ttp_rules/state_text.h"

#include <fmt/format.h>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

std::string minute(UtcTime time) { return to_sql_text(time).substr(0, 16); }

}  // namespace

std::string state_text(const rules::State& state) {
  std::string text(rules::to_string(state.kind));
  if (state.kind == rules::State::Kind::kClipped && state.confidence_max) {
    text += fmt::format(" to {}", Json(*state.confidence_max).dump());
  }
  if (state.expires_at) text += fmt::format(" until {}", minute(*state.expires_at));
  return text;
}

std::string state_story(const rules::State& state) {
  std::string text = state_text(state);
  if (state.expires_at) text += " UTC";
  if (!state.set_by.empty()) text += fmt::format(", by {}", state.set_by);
  if (state.set_at) {
    text += fmt::format("{}since {} UTC", state.set_by.empty() ? ", " : " ", minute(*state.set_at));
  }
  if (!state.reason.empty()) text += fmt::format(": {}", state.reason);
  return printable(text);
}

Json as_json(const rules::State& state) {
  const auto text = [](const std::string& value) {
    return value.empty() ? Json() : Json(to_valid_utf8(value));
  };
  const auto time = [](const std::optional<UtcTime>& value) {
    return value ? Json(to_iso_text(*value)) : Json();
  };
  return Json::object(
      {{"state", rules::to_string(state.kind)},
       {"confidence_max", state.confidence_max ? Json(*state.confidence_max) : Json()},
       {"expires_at", time(state.expires_at)},
       {"reason", text(state.reason)},
       {"set_by", text(state.set_by)},
       {"set_at", time(state.set_at)}});
}

}  // namespace decnet::cli
