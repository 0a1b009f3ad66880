#include "decnet/evaluation/unit.h"

#include <utility>

namespace decnet::evaluation {

std::size_t Units::add_command(std::string_view text) {
  const auto [known, is_new] = commands_.try_emplace(std::string(text), units_.size());
  if (is_new) units_.push_back({std::string(text), "command", {}});
  return known->second;
}

std::size_t Units::add(Unit unit) {
  units_.push_back(std::move(unit));
  return units_.size() - 1;
}

}  // namespace decnet::evaluation
