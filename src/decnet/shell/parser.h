// Reads what somebody typed at a shell: POSIX sh, bash, busybox ash, or something like it.
//
// Takes:    every byte sequence. What is broken is read as far as it makes sense and marked in
//           Script::flaws; text that dash -n or bash -n accepts is not marked broken.
// Leaves out: pasted prompts at line starts, comments, control characters, carriage returns at line
//           ends, zero-width characters. Unicode blanks are blanks, full-width letters and dashes
//           their ASCII ones. \xNN of a byte that nobody types, outside quotes, is that byte: so
//           loggers write it.
// Cost:     linear in the text. Nesting beyond kMaxNesting is read flat.
// Threads:  any.
#pragma once

#include <cstdint>
#include <string_view>

#include "decnet/shell/syntax.h"

namespace decnet::shell::syntax {

// `script` is cleared and filled; keep it between calls to save its allocations.
void parse(std::string_view text, Script& script);

// How a text is read that is one word, whatever blanks or operators it holds.
enum class Reading : std::uint8_t {
  kArgument,        // of ${x:-…}
  kQuotedArgument,  // the same between double quotes; an expression of $((…))
  kDocument,        // the body of a here-document: quotes are characters like any other
};

// Reads `text` as one word. `nesting` counts what encloses it. The script has that one word and no
// root; spans count from the beginning of `text`.
void parse_word(std::string_view text, Reading reading, int nesting, Script& script);

}  // namespace decnet::shell::syntax
