#include "tests/pseudo_terminal.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace decnet::test {

PseudoTerminal::PseudoTerminal(unsigned short columns) {
  const winsize size{.ws_row = 40, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  if (openpty(&other_side_, &terminal, nullptr, nullptr, &size) != 0) std::abort();
  fcntl(other_side_, F_SETFL, O_NONBLOCK);
  stream_ = fdopen(terminal, "w");
}

PseudoTerminal::~PseudoTerminal() {
  std::fclose(stream_);
  close(other_side_);
}

std::string PseudoTerminal::shown() {
  std::fflush(stream_);
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = read(other_side_, buffer.data(), buffer.size());
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace decnet::test
