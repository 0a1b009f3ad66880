// PseudoTerminal: a terminal to write to, and what it was made to show.
#pragma once

#include <cstdio>
#include <string>

namespace decnet::test {

class PseudoTerminal {
 public:
  explicit PseudoTerminal(unsigned short columns);
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;
  ~PseudoTerminal();

  [[nodiscard]] std::FILE* stream() const { return stream_; }
  // Everything written since the last call; line ends are "\r\n". At most 4 KiB may be pending.
  std::string shown();

 private:
  std::FILE* stream_ = nullptr;
  int other_side_ = -1;
};

}  // namespace decnet::test
