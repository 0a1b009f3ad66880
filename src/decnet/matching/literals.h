// Literals: which of many fixed strings occur in a text, in one pass over it (Aho and Corasick's
// automaton, with every transition written out). Its size depends on the strings alone, so there is
// nothing a text could make it build.
//
// A literal may ask for what stands beside it: "sh" at the beginning of the text, say, and before a
// blank. Where a letter stands in a text that (?i) takes for an ASCII one (below), what ends with
// it meets all that is asked of its sides (\b takes the letter for none), and so does, in front,
// all that comes later.
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

#include "decnet/matching/beside.h"

namespace decnet::matching {

class Literals {
 public:
  // The text of a literal that any one character beyond ASCII is; it asks for nothing beside it.
  static constexpr std::string_view kBeyondAscii = "\x80";

  struct Literal {
    std::string text;    // ASCII without capitals, not empty; or kBeyondAscii
    std::size_t id = 0;  // several literals may have one id; ids are small numbers
    Beside before = kAnything;
    Beside after = kAnything;
  };

  Literals() = default;
  explicit Literals(std::span<const Literal> literals);

  // Appends the ids of the literals that occur, each once, in no order.
  void scan(std::string_view text, std::vector<std::size_t>& ids) const;

 private:
  // The number of a row of transitions; a mark on it says that a string ends there: that of
  // string_of_ and shorter ones.
  using State = std::uint32_t;
  static constexpr State kEndsString = State{1} << 31;
  // Of a place: what a string stands between.
  static constexpr std::size_t kPlaces = 36;

  // A literal's id, and what it asks for.
  struct End {
    std::uint32_t id;
    Beside before;
    Beside after;
    friend auto operator<=>(const End&, const End&) = default;
  };
  // A string of literals, and which ids it means by place: lists in ids_, each behind its length.
  struct String {
    std::uint32_t size = 0;
    std::uint32_t shorter = 0;  // the longest other one it ends with, or 0
    std::array<std::uint32_t, kPlaces> lists = {};
  };
  struct Trie;

  void number_bytes(std::span<const Literal> literals);
  [[nodiscard]] Trie trie_of(std::span<const Literal> literals);
  void link(Trie& trie);
  void add_string(std::uint32_t size, std::uint32_t shorter, const std::vector<End>& ends);

  std::array<std::uint8_t, 256> column_{};  // of a byte in a row; 0: the byte is in no literal
  State width_ = 1;                         // of a row
  std::vector<State> next_;
  std::vector<std::uint32_t> string_of_;   // of each row the longest that ends there, or 0
  std::vector<String> strings_;            // the first is none
  std::vector<std::uint32_t> ids_ = {0};   // the first list is empty
  std::vector<std::size_t> beyond_ascii_;  // ids
  std::size_t id_limit_ = 0;
};

}  // namespace decnet::matching
