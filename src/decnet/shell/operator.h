// The operators of a shell: what redirects, and what joins commands.
#pragma once

#include <cstdint>

namespace decnet::shell {

enum class RedirectKind : std::uint8_t {
  kInput,         // <
  kOutput,        // >, >|
  kAppend,        // >>
  kBoth,          // <>
  kOutputAll,     // &>, >& with a file
  kAppendAll,     // &>>
  kDuplicateIn,   // <&
  kDuplicateOut,  // >& with a descriptor or -
  kDocument,      // <<, <<-
  kHereString,    // <<<
};

// What stands behind a command of a list or pipeline.
enum class Joint : std::uint8_t { kNone, kThen, kBackground, kAnd, kOr, kPipe, kPipeAll };

}  // namespace decnet::shell
