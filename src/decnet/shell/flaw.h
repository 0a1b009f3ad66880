// Flaw: what is wrong with a shell text. Nothing of it stops the reading.
#pragma once

#include <cstdint>

#include "decnet/shell/flags.h"

namespace decnet::shell {

enum class Flaw : std::uint8_t {
  kOpenQuote,         // a quote, ${ or backtick that never closes
  kOpenSubstitution,  // a $( that never closes
  kOpenCompound,      // if without fi, ( without ), and so on
  kStrayWord,         // done, fi, } … with nothing to close
  kStrayOperator,     // ;; ) | and so on where a command belongs
  kBadRedirect,       // nothing behind > or <
  kUnfinished,        // the text ends behind &&, || or |
  kTooDeep,           // nested beyond kMaxNesting: read as if it were not nested
  kOpenDocument,      // a here-document without its end line: shells take that
  kJunkBytes,         // control characters, left out
};
using Flaws = Flags<Flaw>;

// Whether a shell would refuse the text for those.
constexpr bool is_broken(Flaws flaws) {
  return flaws.any({Flaw::kOpenQuote, Flaw::kOpenSubstitution, Flaw::kOpenCompound,
                    Flaw::kStrayWord, Flaw::kStrayOperator, Flaw::kBadRedirect, Flaw::kUnfinished});
}

}  // namespace decnet::shell
