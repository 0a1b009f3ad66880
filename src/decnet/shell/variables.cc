#include "decnet/shell/variables.h"

namespace decnet::shell {

Variables::Value Variables::get(std::string_view name) const {
  if (values_.empty()) return {};
  const auto found = values_.find(name);
  return found == values_.end() ? Value{} : found->second;
}

void Variables::set(std::string_view name, std::string_view value) {
  if (value.size() > kMaxValueBytes) return set_unknown(name);
  const auto found = values_.find(name);
  if (found != values_.end()) {
    found->second = {State::kKnown, arena_.keep(value)};
  } else if (values_.size() < kMaxNames) {
    values_.emplace(arena_.keep(name), Value{State::kKnown, arena_.keep(value)});
  }
}

void Variables::append(std::string_view name, std::string_view value) {
  const Value before = get(name);
  if (before.state == State::kChanges) return;
  set(name, std::string(before.value).append(value));
}

void Variables::set_unknown(std::string_view name) {
  const auto found = values_.find(name);
  if (found != values_.end()) {
    found->second = {State::kChanges, {}};
  } else if (values_.size() < kMaxNames) {
    values_.emplace(arena_.keep(name), Value{State::kChanges, {}});
  }
}

void Variables::unset(std::string_view name) { values_.erase(name); }

void Variables::set_alias(std::string_view name, std::string_view value) {
  if (aliases_.size() < kMaxNames) aliases_[arena_.keep(name)] = arena_.keep(value);
}

void Variables::unset_alias(std::string_view name) { aliases_.erase(name); }

std::optional<std::string_view> Variables::alias(std::string_view name) const {
  if (aliases_.empty()) return std::nullopt;
  const auto found = aliases_.find(name);
  if (found == aliases_.end()) return std::nullopt;
  return found->second;
}

void Variables::clear() {
  if (!values_.empty()) values_.clear();
  if (!aliases_.empty()) aliases_.clear();
}

std::optional<std::string_view> usual_value(std::string_view name) {
  if (name == "HOME") return "/root";
  if (name == "PATH") return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  if (name == "PWD" || name == "OLDPWD") return "/root";
  if (name == "SHELL" || name == "BASH") return "/bin/bash";
  return std::nullopt;
}

}  // namespace decnet::shell
