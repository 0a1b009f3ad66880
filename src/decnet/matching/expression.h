// Expression: a pattern as its author wrote it, put into words that RE2 and PCRE2 read alike.
//
// Authors write Python's `re` syntax (rule files) or much the same (Sigma). The engines differ in
// details, and a pattern that means one thing here and another there is a silent hole in detection,
// so each construct is taken as it is, rewritten, or refused with a reason:
//
//   construct                        here
//   -------------------------------  -----------------------------------------------------------
//   \d \w \b \B                      ASCII, as they are; but under (?i) RE2's \w has U+212A and
//                                    U+017F, which are k and s in other case, and PCRE2's has not;
//                                    and RE2's \B is also between the bytes of one character
//   \s \S                            ASCII blanks with \v, which RE2's own \s lacks
//   .                                anything but a line feed, as it is
//   ^ \A                             the beginning (^ with (?m): after every line feed)
//   $ \Z \z                          the end ($ with (?m): before every line feed). Python's and
//                                    PCRE's `before a final line feed` is evaluated_text's part
//   \a \f \n \r \t \v \0 \012 \x1b   that character; \v is one character, not PCRE's class
//   \uXXXX \UXXXXXXXX \x{XXXX}       that character
//   \p{…} \pL \P                     Unicode class, as RE2 and PCRE2 have it (Python has none)
//   \_ \- \/ \" \<any non-letter>    that character
//   \Q \E \K \R \C \h \e … \N{…}     refused: unknown to Python, and unlike between engines
//   [\b] [\s] []a] [^]a] [a[b]       as in Python; a `-` that makes no range is a hyphen
//   [[:alpha:]]                      POSIX class (Python would read a set of odd letters)
//   x{,5} x{,}                       x{0,5}, x{0,}, as in Python; a brace that is no count is a
//                                    brace
//   x{1001}                          refused: RE2 ends at 1000; write x{1000}x
//   (?i) (?m) (?s) (?x)              at the beginning only, as in Python since 3.11; (?a) (?u) say
//                                    nothing here, (?x) is carried out while reading; (?L) refused
//   (?i:…) (?-i:…) (?:…) (?P<n>…)    as they are; (?<n>…) is read as (?P<n>…), (?#…) is dropped
//   (?=…) (?!…) (?<=…) (?<!…)        PCRE2
//   \1 (?P=n) (?>…) x*+ x++ x?+      PCRE2
//   (?(1)…) (?R) (?1) (?&n) (?|…)    refused
//   (*VERB)                          refused: it could lift the budget
//   more than 200 groups in each other   refused
#pragma once

#include <string>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::matching {

struct Expression {
  std::string exact;  // means the same to PCRE2 and, unless `backtracks`, to RE2
  // RE2 syntax: matches every text that `exact` matches, and perhaps others. The same as `exact`
  // unless `backtracks`; else look-around is left out and a back-reference is any text.
  std::string witness;
  bool backtracks = false;  // only PCRE2 can express `exact`
};

// Errors: kInvalid, with the construct and its byte offset. What only an engine can see (a bracket
// that closes nothing, an unknown \p class) is left to the engine.
Result<Expression> read_expression(std::string_view pattern);

}  // namespace decnet::matching
