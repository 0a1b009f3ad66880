// Ids as types of their own, so that a rule's id never lands where a technique's belongs.
#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace decnet {

template <typename Kind>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  explicit Id(std::string_view text) : text_(text) {}
  explicit Id(const char* text) : text_(text) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text_; }

 private:
  std::string text_;
};

using RuleId = Id<struct RuleIdKind>;            // "R0014", "HFP-0001"
using TechniqueId = Id<struct TechniqueIdKind>;  // "T1110" or a sub-technique, "T1110.003"
using TacticId = Id<struct TacticIdKind>;        // "TA0006"

}  // namespace decnet

template <typename Kind>
struct std::hash<decnet::Id<Kind>> {
  std::size_t operator()(const decnet::Id<Kind>& id) const noexcept {
    return std::hash<std::string>()(id.text());
  }
};
