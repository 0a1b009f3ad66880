// Flags<E>: a set of the enumerators of E, which count from 0 to at most 31.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace decnet::shell {

template <typename E>
class Flags {
 public:
  constexpr Flags() = default;
  constexpr Flags(E flag) : bits_(bit(flag)) {}
  constexpr Flags(std::initializer_list<E> flags) {
    for (const E flag : flags) bits_ |= bit(flag);
  }

  [[nodiscard]] constexpr bool has(E flag) const { return (bits_ & bit(flag)) != 0; }
  [[nodiscard]] constexpr bool any(Flags of) const { return (bits_ & of.bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr Flags& operator|=(Flags other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend constexpr Flags operator|(Flags a, Flags b) { return a |= b; }
  friend constexpr bool operator==(Flags, Flags) = default;

 private:
  static constexpr std::uint32_t bit(E flag) {
    return std::uint32_t{1} << static_cast<std::uint32_t>(flag);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace decnet::shell
