#include "decnet/cli/standard_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "decnet/base/file.h"

namespace decnet::cli {

Result<std::string> read_standard_input(std::size_t max_bytes) {
  std::string bytes;
  std::array<char, 1 << 16> buffer;  // NOLINT: filled by read()
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return bytes;
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(system_error("standard input", errno));
    }
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    if (bytes.size() > max_bytes) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("standard input: larger than {} bytes", max_bytes));
    }
  }
}

}  // namespace decnet::cli
