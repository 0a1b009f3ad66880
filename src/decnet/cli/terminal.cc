#include "decnet/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "decnet/base/utf8.h"

namespace decnet::cli {
namespace {

bool wants_colours() {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;  // https://no-color.org
  const char* kind = std::getenv("TERM");
  return kind != nullptr && std::string_view(kind) != "dumb";
}

// The characters that printable() escapes and JSON does not. Only strings can hold them, and there
// an escape means the same. (A backslash is JSON's own, and printable() leaves it alone.)
std::string escaped_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const auto before = json;
    const char32_t character = take_code_point(json);
    const auto bytes = before.substr(0, before.size() - json.size());
    if (printable(bytes) == bytes) {
      out += bytes;
    } else {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character));
    }
  }
  return out;
}

}  // namespace

Terminal::Terminal(std::FILE* stream)
    : stream_(stream),
      is_terminal_(isatty(fileno(stream)) != 0),
      has_colours_(is_terminal_ && wants_colours()) {}

std::size_t Terminal::width() const {
  if (!is_terminal_) return 0;
  winsize size{};
  if (ioctl(fileno(stream_), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string Terminal::styled(Style style, std::string_view text) const {
  // Select Graphic Rendition (ECMA-48 §8.3.117), by the order of Style.
  constexpr std::array<std::string_view, 8> kCodes = {"",   "1",  "2",    "31",
                                                      "33", "36", "1;36", "1;4;31"};
  const auto code = kCodes[static_cast<std::size_t>(style)];
  if (!has_colours_ || code.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void Terminal::write(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stream_) != text.size() && error_ == 0) {
    error_ = errno;
  }
}

void Terminal::line(std::string_view text) {
  write(text);
  write("\n");
}

void Terminal::json_line(std::string_view json) {
  line(is_terminal_ ? escaped_json(json) : std::string(json));
}

Result<void> Terminal::flush() {
  errno = 0;
  if (std::fflush(stream_) != 0 && error_ == 0) error_ = errno;
  if (error_ == 0 && std::ferror(stream_) == 0) return {};
  return fail(ErrorCode::kUnavailable,
              fmt::format("cannot write the output: {}",
                          std::generic_category().message(error_ == 0 ? EIO : error_)));
}

}  // namespace decnet::cli
