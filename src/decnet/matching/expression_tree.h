// The tree of an expression, as far as needs.h asks: which characters may follow which. Letters are
// small ones, and what need not be told apart is not: a tree may match more than its expression
// does, never less.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "decnet/matching/beside.h"

namespace decnet::matching {

struct Node {
  enum class Kind : std::uint8_t {
    kCharacter,  // one of `ascii`, or, with `beyond_ascii`, any other
    kBegin,      // of the text
    kEnd,        // of the text
    kBoundary,   // of a word
    kSequence,   // all parts; nothing when there are none
    kEither,     // one of the parts
    kRepeated,   // the one part, never or several times too, as the flags say
  };
  Kind kind = Kind::kSequence;
  bool may_be_absent = false;
  bool may_come_again = false;
  bool beyond_ascii = false;
  std::bitset<128> ascii = {};
  Beside characters = 0;  // all that may be in it
  std::vector<Node> parts = {};
};

// `expression` is an Expression's witness that RE2 has accepted. Nothing for what is not
// understood.
std::optional<Node> read_tree(std::string_view expression);

}  // namespace decnet::matching
