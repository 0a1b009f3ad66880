// Variables: what the variables of a script hold where that can be told from the script alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "decnet/shell/arena.h"

namespace decnet::shell {

class Variables {
 public:
  // Longer values count as unknown: a=$a$a doubles.
  static constexpr std::size_t kMaxValueBytes = std::size_t{16} << 10;

  enum class State : std::uint8_t {
    kUnset,    // never heard of
    kKnown,    // `value` is what it holds
    kChanges,  // assigned, but what cannot be told
  };
  struct Value {
    State state = State::kUnset;
    std::string_view value;
  };

  // Views stay valid until `arena` is cleared.
  explicit Variables(Arena& arena) : arena_(arena) {}

  [[nodiscard]] Value get(std::string_view name) const;
  void set(std::string_view name, std::string_view value);
  void append(std::string_view name, std::string_view value);
  void set_unknown(std::string_view name);
  void unset(std::string_view name);

  void set_alias(std::string_view name, std::string_view value);
  void unset_alias(std::string_view name);
  [[nodiscard]] std::optional<std::string_view> alias(std::string_view name) const;

  void clear();

 private:
  std::string_view name_of(std::string_view name);

  static constexpr std::size_t kMaxNames = 4096;  // further ones are not remembered

  Arena& arena_;
  std::unordered_map<std::string_view, Value> values_;
  std::unordered_map<std::string_view, std::string_view> aliases_;
};

// What a variable of the environment holds on most systems; only good for the pieces that attackers
// cut out of it: ${PATH:0:1} is a slash.
std::optional<std::string_view> usual_value(std::string_view name);

}  // namespace decnet::shell
