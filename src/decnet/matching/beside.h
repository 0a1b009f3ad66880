// What may stand beside a piece of text, on one side of it.
#pragma once

#include <cstdint>

namespace decnet::matching {

// A set of these.
using Beside = std::uint8_t;
inline constexpr Beside kEdge = 1;   // nothing: the text begins or ends
inline constexpr Beside kBlank = 2;  // a blank as \s has it
inline constexpr Beside kWord = 4;   // a character of words, as \w has it
inline constexpr Beside kOther = 8;
inline constexpr Beside kAnything = kEdge | kBlank | kWord | kOther;

constexpr Beside beside_of(unsigned char c) {
  if (c == ' ' || (c >= '\t' && c <= '\r')) return kBlank;
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_') {
    return kWord;
  }
  // Beyond ASCII there may be what (?i) takes for a letter.
  return c < 0x80 ? kOther : kWord | kOther;
}

}  // namespace decnet::matching
