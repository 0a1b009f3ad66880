// Analysis: what a command line means, as texts that patterns can search, in canonical form:
//
//     NAME ARG ARG … REDIRECT …
//
// with single blanks, quotes and escapes resolved, constant variables and $IFS substituted, braces
// and $'…' expanded, paths shortened. A word that a shell would not read as itself stands in single
// quotes, any other bare, so that | > & outside quotes are operators. rules/README.md says the
// rest.
//
// Layers:  layer 0 is the text itself; the others are what it would run or carries encoded:
//          sh -c '…', eval, a here-document for a shell, echo … | base64 -d | sh, and so on.
// Promise: analysing a canonical command line gives that line again. Nothing is ever executed.
// Cost:    linear in the text; depth, number of layers and bytes written are bounded, and
//          truncated() says when a bound was met.
// Threads: one analysis per thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace decnet::shell {

enum class TextKind : std::uint8_t {
  kSimpleCommand,  // each simple command; behind a wrapper (sudo, env …) with it and without it
  kPipeline,       // simple commands joined by " | "
  kCommandLine,    // each layer; twice where it holds wrappers
  kArgv0,          // the name of each simple command
  kArgs,           // the arguments of each, joined by blanks
  kRedirect,       // each redirection
  kDecoded,        // each layer that came out of an encoding, as it came
  kDecoding,       // of each of those: how it was encoded, outermost first: "base64 gzip", and
                   // " run" behind it where an interpreter takes it
  kFlow,           // what happens to files from command to command: the findings of flow.h
};
inline constexpr std::array<std::string_view, 9> kTextKindNames = {
    "simple_command", "pipeline", "command_line", "argv0", "args",
    "redirect",       "decoded",  "decoding",     "flow"};

constexpr std::optional<TextKind> text_kind(std::string_view name) {
  for (std::size_t i = 0; i < kTextKindNames.size(); ++i) {
    if (kTextKindNames[i] == name) return static_cast<TextKind>(i);
  }
  return std::nullopt;
}

struct Text {
  std::string_view text;
  std::uint32_t layer = 0;
};

struct Layer {
  std::string_view label;   // where it came from: "normal" (the text itself), "sh -c", "base64" …
  std::string_view source;  // the text that was read
  std::uint32_t depth = 0;
};

class Analysis {
 public:
  static constexpr std::uint32_t kMaxDepth = 6;
  static constexpr std::size_t kMaxLayers = 32;
  // Of all texts together, and of what substitutions and decoders write.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

  Analysis();
  ~Analysis();
  Analysis(const Analysis&) = delete;
  Analysis& operator=(const Analysis&) = delete;

  // Replaces what was there. `text` must outlive its use; views end with the next call.
  void run(std::string_view text);

  [[nodiscard]] std::span<const Text> texts(TextKind kind) const;
  [[nodiscard]] std::span<const Layer> layers() const;
  [[nodiscard]] bool truncated() const;

 private:
  struct State;
  friend class Analysing;

  std::unique_ptr<State> state_;
};

}  // namespace decnet::shell
