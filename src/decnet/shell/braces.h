// Brace expansion: {a,b}c is ac bc, {1..3} is 1 2 3.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "decnet/shell/arena.h"
#include "decnet/shell/syntax.h"

namespace decnet::shell {

// A word with more results than that is left as it is: {a,b}{a,b}… doubles with every group.
inline constexpr std::size_t kMaxBraceWords = 64;

// Appends the words that `parts`, the parts of one word, expand to, each as its own list of parts;
// nothing when there is nothing to expand. Only unquoted text counts; numbers of a range are kept
// in `arena`.
// False, with no words, when there would be too many.
bool expand_braces(const std::vector<syntax::Part>& parts, Arena& arena,
                   std::vector<std::vector<syntax::Part>>& words);

}  // namespace decnet::shell
