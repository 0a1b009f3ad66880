// Terminal: standard output or standard error, and what it can show.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "decnet/base/error.h"

namespace decnet::cli {

enum class Style : std::uint8_t { kPlain, kBold, kDim, kRed, kYellow, kCyan, kHeader, kMatch };

class Terminal {
 public:
  // Colours are for terminals, unless NO_COLOR is set or TERM is dumb.
  explicit Terminal(std::FILE* stream);

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  // Columns; 0 when it is no terminal: lines may be as long as they need.
  [[nodiscard]] std::size_t width() const;

  // The text in that style where colours are shown, else as it is.
  [[nodiscard]] std::string styled(Style style, std::string_view text) const;

  // Neither checks for errors: flush() does. Text from outside goes through printable() first.
  void write(std::string_view text);
  void line(std::string_view text);
  // A JSON text as one line. On a terminal, the characters that JSON may carry raw but that steer
  // terminals (C1 controls, bidirectional overrides) are \u escapes: the same JSON.
  void json_line(std::string_view json);
  // Whether something written did not get out. (What is buffered may still fail in flush().)
  [[nodiscard]] bool failed() const { return error_ != 0; }
  // Errors: kUnavailable when anything written since the start got lost (a full disk).
  Result<void> flush();

 private:
  std::FILE* stream_;
  bool is_terminal_;
  bool has_colours_;
  int error_ = 0;  // errno of the first write that failed
};

}  // namespace decnet::cli
