// Literals: which of many fixed strings occur in a text, in one pass over it (Aho and Corasick's
// automaton, with every transition written out). Its size depends on the strings alone, so there is
// nothing a text could make it build.
//
// Letters A to Z count as a to z, and so do U+212A (Kelvin sign) for k and U+017F (long s) for s,
// as they do for RE2 and PCRE2 under (?i).
// Threads: immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::matching {

class Literals {
 public:
  struct Literal {
    std::string text;    // ASCII without capitals, not empty
    std::size_t id = 0;  // several literals may have one id; ids are small numbers
  };

  Literals() = default;
  explicit Literals(std::span<const Literal> literals);

  // Appends the ids of the literals that occur, each once, in no order.
  void scan(std::string_view text, std::vector<std::size_t>& ids) const;

 private:
  // A state is the place in next_ where its row of transitions begins; a mark on the number says
  // that a literal ends there.
  using State = std::uint32_t;
  static constexpr State kEndsLiteral = State{1} << 31;

  void number_bytes(std::span<const Literal> literals);

  std::array<std::uint8_t, 256> column_{};  // of a byte in a row; 0: the byte is in no literal
  State width_ = 1;                         // of a row
  std::vector<State> next_;
  // Ids of the literals that end in row n: ends_[ends_at_[n]] … ends_[ends_at_[n + 1] - 1].
  std::vector<std::uint32_t> ends_at_;
  std::vector<std::uint32_t> ends_;
  std::size_t id_limit_ = 0;
};

}  // namespace decnet::matching
